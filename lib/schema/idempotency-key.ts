import * as z from 'zod';

/** Printable ASCII: what every HTTP stack carries unchanged. */
export const idempotencyKey = z
  .string()
  .regex(/^[\x20-\x7e]{1,255}$/, 'must be 1 to 255 printable ASCII characters')
  .meta({ description: 'The same key and content again answer the first record; kept 7 days at least.' });
