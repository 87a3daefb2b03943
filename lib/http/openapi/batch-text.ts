import { ITEMS_MAX } from '../../batch/read.ts';

/**
 * What a batch takes and answers: the end of a sentence that begins with "each".
 * @param path of a request with one item
 * @param keys the members of an item that make it safe to repeat
 */
export const batchText = (path: string, keys: string): string =>
  `item is what a POST to \`${path}\` takes, with an \`idempotency_key\` in place of the header, and is answered as ` +
  `that would be. At most ${ITEMS_MAX} items and 1 MB. Send items with status 503 again; those with ${keys} are safe ` +
  'to repeat.';
