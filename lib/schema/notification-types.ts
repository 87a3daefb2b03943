import * as z from 'zod';
/** The notification types that have texts, rules and a metric label of their own; others are accepted. Free of zod: telemetry takes it. */
export const KNOWN_TYPES = [
  'user.signup',
  'payment.failed',
  'payment.success',
  'password.expiry',
  'user.unsubscribe',
  'custom',
] as const;

export const typeName = z
  .string()
  .max(64, 'must be at most 64 characters')
  .regex(/^[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)*$/, 'must be dotted lower-case words, for example user.signup')
  .meta({ description: `Known: ${KNOWN_TYPES.join(', ')}; others are accepted.`, examples: ['password.expiry'] });
