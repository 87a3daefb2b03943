/** How long a record that is not as it should be waits for the reconciler, each time longer. */

const MINUTE_MS = 60_000;
const CHECK_MAX_MS = 10 * MINUTE_MS;
const RETURN_MAX_MS = 60 * MINUTE_MS;

/** With so many messages in the dead-letter queue a record is given up. */
export const RETURNS_MAX = 10;

/** @param checks how often it has been looked at without effect */
export const checkBackOffMs = (checks: number): number => Math.min(MINUTE_MS * 2 ** checks, CHECK_MAX_MS);

/** @param returns how often a message of it has been in the dead-letter queue */
export const returnBackOffMs = (returns: number): number => Math.min(MINUTE_MS * 2 ** returns, RETURN_MAX_MS);
