/**
 * Attributes with personal data are encrypted by AES-256-GCM before they leave the process, as
 * DynamoDB Binary:
 *
 *     form (1: text, 2: JSON) | length of key id | key id | nonce, 12 bytes | ciphertext | tag, 16 bytes
 *
 * What comes before the nonce, the item's id and the attribute's name are authenticated with it, so
 * that an encrypted value is valid nowhere else. Each item has a key of its own (HKDF-SHA-256 of
 * the ring's key and the id): random nonces are safe for 2^32 values of one key (NIST SP 800-38D,
 * 8.3), which one key for all items would reach.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

export interface FieldKey {
  id: string;
  /** 32 bytes. */
  secret: Uint8Array;
}

/** Newest first: the first one encrypts, all decrypt. Never empty. */
export type Keyring = readonly [FieldKey, ...FieldKey[]];

type Attributes = Record<string, unknown> & { id: string };

const CIPHER = 'aes-256-gcm';
const TEXT = 1;
const JSON_VALUE = 2;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const itemKey = ({ secret }: FieldKey, id: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', secret, '', `event-notification-service field ${id}`, 32));

const lengthPrefixed = (text: string): string => `${Buffer.byteLength(text)}:${text}`;
const associated = (head: Uint8Array, id: string, name: string): Buffer =>
  Buffer.concat([head, Buffer.from(lengthPrefixed(id) + lengthPrefixed(name))]);

const headOf = (form: number, keyId: string): Buffer => {
  const id = Buffer.from(keyId);
  return Buffer.concat([Buffer.from([form, id.length]), id]);
};

/** The item with its attributes `names` encrypted by the newest key. */
export const encryptItem = <T extends Attributes>(ring: Keyring, item: T, names: readonly string[]): T => {
  const [newest] = ring;
  const present = names.filter((name) => item[name] !== undefined);
  if (present.length === 0) return item;
  const key = itemKey(newest, item.id);
  const encrypt = (name: string): Buffer => {
    const value = item[name];
    const head = headOf(typeof value === 'string' ? TEXT : JSON_VALUE, newest.id);
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(associated(head, item.id, name));
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return Buffer.concat([head, nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  };
  return { ...item, ...Object.fromEntries(present.map((name) => [name, encrypt(name)])) };
};

/** For the log of an operator: which attribute and which key, never what was in it. */
const unreadable = (id: string, name: string, why: string): Error =>
  new Error(`The encrypted attribute ${name} of ${id} cannot be decrypted: ${why}`);

const decrypt = (
  ring: readonly FieldKey[],
  id: string,
  name: string,
  stored: Buffer,
  keys: Map<string, Uint8Array>,
) => {
  const form = stored[0];
  const headEnd = 2 + (stored[1] ?? 0);
  if ((form !== TEXT && form !== JSON_VALUE) || stored.length < headEnd + NONCE_BYTES + TAG_BYTES) {
    throw unreadable(id, name, 'its format is not known');
  }
  const keyId = stored.toString('utf8', 2, headEnd);
  const found = ring.find((one) => one.id === keyId);
  if (!found) throw unreadable(id, name, `FIELD_KEYS has no key ${JSON.stringify(keyId)}`);
  const key = keys.get(keyId) ?? itemKey(found, id);
  keys.set(keyId, key);
  const tagFrom = stored.length - TAG_BYTES;
  const decipher = createDecipheriv(CIPHER, key, stored.subarray(headEnd, headEnd + NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(associated(stored.subarray(0, headEnd), id, name)).setAuthTag(stored.subarray(tagFrom));
  const start = decipher.update(stored.subarray(headEnd + NONCE_BYTES, tagFrom));
  try {
    const text = Buffer.concat([start, decipher.final()]).toString('utf8');
    return form === TEXT ? text : JSON.parse(text);
  } catch {
    throw unreadable(id, name, `it is not what the key ${JSON.stringify(keyId)} encrypted there`);
  }
};

/**
 * The item with `names` decrypted, by whichever key of the ring encrypted them; what was stored plain stays.
 * Throws an Error that names attribute and key when the key is missing, or the value was changed or moved.
 */
export const decryptItem = <T extends Attributes>(ring: readonly FieldKey[], item: T, names: readonly string[]): T => {
  const keys = new Map<string, Uint8Array>();
  const plain = names.flatMap((name) => {
    const value = item[name];
    // Nothing but what was encrypted is ever stored as Binary.
    return value instanceof Uint8Array ? [[name, decrypt(ring, item.id, name, Buffer.from(value), keys)]] : [];
  });
  return plain.length === 0 ? item : { ...item, ...Object.fromEntries(plain) };
};
