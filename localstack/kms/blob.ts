/** A blob: `1 | key id, 36 bytes | nonce, 12 | ciphertext | tag, 16`, bound to its context. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { KmsKey } from './key-store.ts';

export type Context = Record<string, string>;

const VERSION = 1;
const CIPHER = 'aes-256-gcm';
const ID_END = 37;
const NONCE_END = ID_END + 12;
const TAG_BYTES = 16;

/** AWS compares contexts as sets of pairs, in any order. */
const bound = (head: Uint8Array, context: Context): Buffer =>
  Buffer.concat([head, Buffer.from(JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))))]);

export const encrypt = (key: KmsKey, plaintext: Uint8Array, context: Context): Buffer => {
  const head = Buffer.concat([Buffer.from([VERSION]), Buffer.from(key.id)]);
  const nonce = randomBytes(NONCE_END - ID_END);
  const cipher = createCipheriv(CIPHER, Buffer.from(key.material, 'base64'), nonce);
  cipher.setAAD(bound(head, context));
  return Buffer.concat([head, nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
};

/** The id of the key; undefined when the blob is not of this KMS. */
export const keyIdOf = (blob: Buffer): string | undefined =>
  blob[0] === VERSION && blob.length > NONCE_END + TAG_BYTES ? blob.toString('utf8', 1, ID_END) : undefined;

/** Undefined when the blob or the context was changed. */
export const decrypt = (key: KmsKey, blob: Buffer, context: Context): Buffer | undefined => {
  const tagFrom = blob.length - TAG_BYTES;
  const nonce = blob.subarray(ID_END, NONCE_END);
  const decipher = createDecipheriv(CIPHER, Buffer.from(key.material, 'base64'), nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(bound(blob.subarray(0, ID_END), context)).setAuthTag(blob.subarray(tagFrom));
  const opened = decipher.update(blob.subarray(NONCE_END, tagFrom));
  try {
    return Buffer.concat([opened, decipher.final()]);
  } catch {
    return undefined; // AES-GCM gives no other reason.
  }
};
