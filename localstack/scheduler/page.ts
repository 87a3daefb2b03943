import { validation } from './errors.ts';

/** A NextToken is the key of the last item shown, opaque to the caller. */
export const encodeToken = (key: string[]): string => Buffer.from(JSON.stringify(key)).toString('base64url');

export const decodeToken = (token: string): string[] => {
  try {
    const key: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (Array.isArray(key) && key.every((part) => typeof part === 'string')) return key;
  } catch {
    // not JSON: refused below like everything else that is not ours
  }
  throw validation('Invalid NextToken.');
};

/** The page and, when `items` (read with one more than the limit) hold more, the token of the next. */
export const pageOf = <T>(
  items: T[],
  limit: number,
  keyOf: (item: T) => string[],
): { shown: T[]; NextToken?: string } => {
  const shown = items.slice(0, limit);
  const last = shown.at(-1);
  return items.length > limit && last !== undefined ? { shown, NextToken: encodeToken(keyOf(last)) } : { shown };
};
