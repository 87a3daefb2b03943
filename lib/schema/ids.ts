import * as z from 'zod';

/** Our own ids: a prefix for the kind, then 26 characters. What is none of them names nothing. */
export const idPattern = (prefix: string): RegExp => new RegExp(`^${prefix}[0-9a-z]{26}$`);

export const idOf = (prefix: string) => z.string().regex(idPattern(prefix));
