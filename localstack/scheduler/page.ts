import { validation } from './errors.ts';

/** A NextToken is the key of the last item of a page. */
const encodeToken = (key: string[]): string => Buffer.from(JSON.stringify(key)).toString('base64url');

export const decodeToken = (token: string): string[] => {
  try {
    const key: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (Array.isArray(key) && key.every((part) => typeof part === 'string')) return key;
  } catch {
    // Not JSON: refused below.
  }
  throw validation('Invalid NextToken.');
};

/** The page, and the token of the next one if `items`, read by the limit + 1, has more. */
export const pageOf = <T>(
  items: T[],
  limit: number,
  keyOf: (item: T) => string[],
): { shown: T[]; NextToken?: string } => {
  const shown = items.slice(0, limit);
  const last = shown.at(-1);
  return items.length > limit && last !== undefined ? { shown, NextToken: encodeToken(keyOf(last)) } : { shown };
};
