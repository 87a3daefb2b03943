/** Standard Webhooks signatures, scheme v1 (HMAC-SHA256): https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';
/** What the standard asks for, in bytes. */
const KEY_MIN = 24;
const KEY_MAX = 64;

/** Node's decoder skips what is not base64: the round trip finds a mistyped secret before a receiver does. */
const decode = (base64: string): Buffer | undefined => {
  const bytes = Buffer.from(base64, 'base64');
  return bytes.toString('base64').replace(/=+$/, '') === base64.replace(/=+$/, '') ? bytes : undefined;
};

const keyOf = (secret: string, index: number): Buffer => {
  const key = secret.startsWith(PREFIX) ? decode(secret.slice(PREFIX.length)) : undefined;
  if (!key || key.length < KEY_MIN || key.length > KEY_MAX)
    throw new Error(`Webhook secret ${index + 1} must be ${PREFIX} and the base64 of ${KEY_MIN} to ${KEY_MAX} bytes`);
  return key;
};

export type Signer = (id: string, timestampSeconds: number, payload: string) => string;

/** `v1,<base64>` for every secret in the order given, separated by spaces: receivers accept any that fits, which is how secrets rotate. */
export const makeSigner = (secrets: readonly string[]): Signer => {
  if (secrets.length === 0) throw new Error('Webhooks need at least one secret');
  const keys = secrets.map(keyOf);
  return (id, timestampSeconds, payload) => {
    const signed = `${id}.${timestampSeconds}.${payload}`;
    return keys.map((key) => `v1,${createHmac('sha256', key).update(signed).digest('base64')}`).join(' ');
  };
};
