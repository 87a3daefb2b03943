/** Where something stands in a list: its time, 13 digits of epoch ms, then its id; text order is time order until the year 2286. */
import { hash32 } from './random.ts';

const DIGITS = 13;
const LAST = 10 ** DIGITS - 1;

/** A filter may name any time: one before 1970 or after 2286 stands for the nearest there is, or its text would sort anywhere. */
export const positionAt = (at: number, id = ''): string =>
  `${String(Math.min(Math.max(at, 0), LAST)).padStart(DIGITS, '0')}#${id}`;
export const timeOfPosition = (position: string): number => Number(position.slice(0, DIGITS));

const OTHER_SLOTS = 4;

/**
 * The partition of the by_time index that a type's records share: one for each known type, a few for all others. It keeps
 * "by type" one query, spreads the writes, and bounds what a list of everything must merge.
 */
export const makeSlots = (knownTypes: readonly string[]) => {
  const known = new Set(knownTypes);
  const slotOf = (type: string): string => (known.has(type) ? type : `~${hash32(type) % OTHER_SLOTS}`);
  const all = [...knownTypes, ...Array.from({ length: OTHER_SLOTS }, (_, slot) => `~${slot}`)];
  return { slotOf, all };
};
