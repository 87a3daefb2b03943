import * as z from 'zod';
import { KEY_FORM, KEY_RULE } from './idempotency-key-form.ts';

export const idempotencyKey = z
  .string()
  .regex(KEY_FORM, KEY_RULE)
  .meta({ description: 'The same key and content again answer the first record; kept 7 days at least.' });
