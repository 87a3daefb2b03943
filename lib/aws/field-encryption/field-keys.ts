/** `FIELD_KEYS`: the keys that encrypt personal data in the table (encrypt.ts). */
import * as z from 'zod';

/** The key itself, or one that AWS KMS has encrypted. */
export type FieldKeyDeclaration = { id: string } & ({ secret: Uint8Array } | { wrapped: Uint8Array });

const KEY_BYTES = 32;
const KMS = 'kms:';
const FORM = /^[A-Za-z0-9_-]{1,32}:(kms:)?[A-Za-z0-9+/]{43,1400}={0,2}$/;

const read = (text: string): FieldKeyDeclaration => {
  const colon = text.indexOf(':');
  const id = text.slice(0, colon);
  const value = text.slice(colon + 1);
  return value.startsWith(KMS)
    ? { id, wrapped: Buffer.from(value.slice(KMS.length), 'base64') }
    : { id, secret: Buffer.from(value, 'base64') };
};

const isWhole = (key: FieldKeyDeclaration): boolean => 'wrapped' in key || key.secret.length === KEY_BYTES;

const key = z
  .string()
  .regex(FORM, 'must be <key id>:<base64 of 32 bytes>, or <key id>:kms:<base64 of what KMS encrypted>');

/**
 * Space-separated `<key id>:<base64 of 32 bytes>` or `<key id>:kms:<base64 of a ciphertext blob>`,
 * newest first.
 */
export const fieldKeys = z
  .string()
  .transform((text) => text.split(/\s+/).filter(Boolean))
  .pipe(z.tuple([key], key))
  .transform(([newest, ...older]): [FieldKeyDeclaration, ...FieldKeyDeclaration[]] => [
    read(newest),
    ...older.map(read),
  ])
  .refine((keys) => keys.every(isWhole), `must be keys of ${KEY_BYTES} bytes`)
  .refine((keys) => new Set(keys.map(({ id }) => id)).size === keys.length, 'must not name a key twice');
