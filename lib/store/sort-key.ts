/**
 * The sort key of an entry of a list: its time, 13 digits of epoch ms, then its id; text order is
 * time order until the year 2286.
 */

const DIGITS = 13;
const LAST = 10 ** DIGITS - 1;

/**
 * A filter may name any time: one before 1970 or after 2286 stands for the nearest there is, or its
 * text would sort anywhere.
 */
export const sortKeyAt = (at: number, id = ''): string =>
  `${String(Math.min(Math.max(at, 0), LAST)).padStart(DIGITS, '0')}#${id}`;
export const timeOfSortKey = (sortKey: string): number => Number(sortKey.slice(0, DIGITS));
