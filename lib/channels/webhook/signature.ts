/**
 * Standard Webhooks signatures, v1 (HMAC-SHA256) and v1a (ed25519):
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
import { createHmac, createSecretKey, sign } from 'node:crypto';
import { privateKeyOf, SECRET_RULE, type SigningKeys, secretOf } from '../../schema/signing-keys.ts';

/** `body`: the bytes that are sent. */
type Signer = (id: string, timestampSeconds: number, body: string | Buffer) => string;

type Scheme = (signed: Buffer) => string;

const hmac = (secret: string, index: number): Scheme => {
  const bytes = secretOf(secret);
  if (!bytes) throw new Error(`Webhook secret ${index + 1} ${SECRET_RULE}`);
  const key = createSecretKey(bytes);
  return (signed) => `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
};

export const ed25519 = (privateKey: string): Scheme => {
  const key = privateKeyOf(privateKey);
  return (signed) => `v1a,${sign(null, signed, key).toString('base64')}`;
};

/**
 * Receivers accept any signature that fits, which is how keys rotate: all are given, in the order
 * of the keys, separated by spaces.
 */
const signerOf = (schemes: Scheme[]): Signer => {
  if (schemes.length === 0) throw new Error('Webhooks need at least one secret');
  return (id, timestampSeconds, body) => {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const signed = Buffer.concat([Buffer.from(`${id}.${timestampSeconds}.`), bytes]);
    return schemes.map((scheme) => scheme(signed)).join(' ');
  };
};

/** `v1,<base64>` for every secret. Throws when one cannot be used. */
export const makeSigner = (secrets: readonly string[]): Signer => signerOf(secrets.map(hmac));

/** `v1,<base64> v1a,<base64>` for every generation of an endpoint's keys. Throws when one cannot be used. */
export const makeKeysSigner = (keys: readonly SigningKeys[]): Signer =>
  signerOf(keys.flatMap(({ secret, privateKey }, index) => [hmac(secret, index), ed25519(privateKey)]));
