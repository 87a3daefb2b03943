/**
 * What an item weighs by DynamoDB's own rules, for its limit of 400 KB and for the bill:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */

import { ServiceError } from '../../errors.ts';

/** Attributes as they travel: `{ S: 'text' }`, `{ N: '1' }`. */
type Item = Record<string, object>;

const textBytes = (value: unknown): number => Buffer.byteLength(String(value));

const valueBytes = (value: object): number => {
  const [type = '', content] = Object.entries(value)[0] ?? [];
  if (type === 'S') return textBytes(content);
  if (type === 'N') return Math.ceil(textBytes(content) / 2) + 1;
  // Bytes in the SDK, base64 on the wire.
  if (type === 'B') return content instanceof Uint8Array ? content.length : Math.ceil((textBytes(content) * 3) / 4);
  if (type === 'M') return 3 + itemBytes(content as Item) + Object.keys(content as Item).length;
  if (type === 'L') return 3 + (content as object[]).reduce((total, one) => total + 1 + valueBytes(one), 0);
  return 1; // NULL, BOOL
};

/** Names and values; storage adds 100 bytes to each row. */
export const itemBytes = (item: Item): number =>
  Object.entries(item).reduce((total, [name, value]) => total + Buffer.byteLength(name) + valueBytes(value), 0);

/**
 * DynamoDB takes 400 KB (409,600 bytes); attempts, states and a lease still come to what is
 * created.
 */
export const CREATED_BYTES_MAX = 360_000;

/**
 * Throws `payload-too-large` for what could not grow any more. A body within its limit may grow on
 * the way: the number 1e20 is written out with 21 digits.
 */
export const checkSize = (item: Item): void => {
  if (itemBytes(item) <= CREATED_BYTES_MAX) return;
  throw new ServiceError('payload-too-large', `What is to be stored must be at most ${CREATED_BYTES_MAX} bytes`);
};
