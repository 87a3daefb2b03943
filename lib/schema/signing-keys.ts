/**
 * Keys of Standard Webhooks signatures, made, parsed and checked; channels/webhook/signature.ts signs:
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */

import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';

/** What one generation of keys signs with: v1 (HMAC-SHA256) and v1a (ed25519) of Standard Webhooks. */
export interface SigningKeys {
  /** `whsec_` + base64 of 24 to 64 bytes. */
  secret: string;
  /** `whsk_` + base64 of the ed25519 seed and public key, 64 bytes. */
  privateKey: string;
}

export interface EndpointKeys extends SigningKeys {
  /** `whpk_` + base64 of 32 bytes. */
  publicKey: string;
  /** Business time, epoch ms, from which on these sign no more; absent on the newest. */
  until?: number;
}

const SECRET_PREFIX = 'whsec_';
const PRIVATE_PREFIX = 'whsk_';
const PUBLIC_PREFIX = 'whpk_';
/** What the standard asks for, in bytes. */
const SECRET_MIN = 24;
const SECRET_MAX = 64;
const SECRET_BYTES = 32;
/** RFC 8032: a seed, and the public key that it gives. A private key is written as both. */
const SEED_BYTES = 32;
const PUBLIC_BYTES = 32;

/** Node's decoder skips what is not base64: the round trip finds a mistyped secret before a receiver does. */
const decode = (text: string, prefix: string): Buffer | undefined => {
  if (!text.startsWith(prefix)) return undefined;
  const base64 = text.slice(prefix.length);
  const bytes = Buffer.from(base64, 'base64');
  return bytes.toString('base64').replace(/=+$/, '') === base64.replace(/=+$/, '') ? bytes : undefined;
};

export const secretOf = (secret: string): Buffer | undefined => {
  const key = decode(secret, SECRET_PREFIX);
  return key && key.length >= SECRET_MIN && key.length <= SECRET_MAX ? key : undefined;
};

export const privateKeyOf = (privateKey: string): KeyObject => {
  const bytes = decode(privateKey, PRIVATE_PREFIX);
  if (bytes?.length !== SEED_BYTES + PUBLIC_BYTES)
    throw new Error(`A private key must be ${PRIVATE_PREFIX} and the base64 of ${SEED_BYTES + PUBLIC_BYTES} bytes`);
  const d = bytes.toString('base64url', 0, SEED_BYTES);
  const x = bytes.toString('base64url', SEED_BYTES);
  return createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', d, x }, format: 'jwk' });
};

/** What a secret must be, for the messages that refuse one. */
export const SECRET_RULE = `must be ${SECRET_PREFIX} and the base64 of ${SECRET_MIN} to ${SECRET_MAX} bytes`;
export const isSecret = (secret: string): boolean => secretOf(secret) !== undefined;

/** Its base64 with the padding that strict decoders want; what is no secret stays as it is. */
export const paddedSecret = (secret: string): string => {
  const key = secretOf(secret);
  return key ? SECRET_PREFIX + key.toString('base64') : secret;
};

/** One generation of keys: a secret, the given one or 32 random bytes, and an ed25519 pair. */
export const makeKeys = (secret = `${SECRET_PREFIX}${randomBytes(SECRET_BYTES).toString('base64')}`): EndpointKeys => {
  const { d = '', x = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const [seed, publicKey] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')];
  return {
    secret,
    privateKey: `${PRIVATE_PREFIX}${Buffer.concat([seed, publicKey]).toString('base64')}`,
    publicKey: `${PUBLIC_PREFIX}${publicKey.toString('base64')}`,
  };
};
