/** The notification types that have texts, rules and a metric label of their own; others are accepted. Free of zod: telemetry takes it. */
export const KNOWN_TYPES = [
  'user.signup',
  'payment.failed',
  'payment.success',
  'password.expiry',
  'user.unsubscribe',
  'custom',
] as const;
