import { hash, randomFillSync, randomInt } from 'node:crypto';

const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';
const ID_CHARACTERS = 26;

/**
 * 26 characters of Crockford base32 from the first 17 bytes: 130 bits, url-safe, without letters
 * that look alike.
 */
const base32 = (bytes: Uint8Array): string => {
  let bits = 0;
  let buffered = 0;
  let text = '';
  for (const byte of bytes) {
    buffered = (buffered << 8) | byte;
    bits += 8;
    while (bits >= 5 && text.length < ID_CHARACTERS) {
      bits -= 5;
      text += CROCKFORD[(buffered >> bits) & 31];
    }
    buffered &= (1 << bits) - 1;
  }
  return text;
};

/** Drawn many at once: a call for random bytes takes longer than all the rest of an id. */
const pool = Buffer.alloc(8_192);
let used = pool.length;

/** They are used at once: the next fill overwrites them. */
const take = (count: number): Buffer => {
  if (used + count > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += count;
  return pool.subarray(used - count, used);
};

export const random: Random = {
  id: (prefix) => prefix + base32(take(17)),
  token: () => take(9).toString('base64url'),
  fraction: () => randomInt(0, 2 ** 32) / 2 ** 32,
};

/**
 * The id that the same parts always give: what makes repetition harmless. Parts are
 * length-prefixed, so none can pose as another.
 */
export const derivedId = (prefix: string, ...parts: string[]): string => {
  const text = parts.map((part) => `${Buffer.byteLength(part)}:${part};`).join('');
  return prefix + base32(hash('sha256', text, 'buffer'));
};

/** A uniform 32-bit number that depends on the text alone: shards, and the spread of early fires. */
export const hash32 = (text: string): number => hash('sha256', text, 'buffer').readUInt32BE(0);

/** Everything random, injectable: tests make it deterministic. */
export interface Random {
  /** `prefix` + 26 characters of Crockford base32: 130 random bits. */
  id(prefix: string): string;
  /** A short token, 12 url-safe characters: write ids, lease ids. */
  token(): string;
  /** Uniform in [0, 1). */
  fraction(): number;
}
