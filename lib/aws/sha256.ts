/**
 * SHA-256 by calls of Node that take a fraction of the time of the SDK's: a hash in one call, and a key that
 * is imported.
 */
import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';
import type { SourceData } from '@smithy/types';

const hmac = (key: string | KeyObject, data: Uint8Array): Buffer => createHmac('sha256', key).update(data).digest();

let credentials: { of: string; digest: Buffer } | undefined;

/** For the SDK's signer. */
export class Sha256 {
  readonly #secret: SourceData | undefined;
  readonly #data: Uint8Array[] = [];
  constructor(secret?: SourceData) {
    this.#secret = secret;
  }
  update(data: Uint8Array): void {
    this.#data.push(data);
  }
  async digest(): Promise<Uint8Array> {
    const [first = new Uint8Array(), ...rest] = this.#data;
    const data = rest.length === 0 ? first : Buffer.concat(this.#data);
    const secret = this.#secret;
    if (secret === undefined) return hash('sha256', data, 'buffer');
    if (typeof secret !== 'string') return hmac(createSecretKey(secret as Uint8Array), data);
    // The signer finds its key by a hash of the credentials, which it makes for each call.
    const of = `${secret} ${data}`;
    if (credentials?.of !== of) credentials = { of, digest: hmac(secret, data) };
    return credentials.digest;
  }
  reset(): void {
    this.#data.length = 0;
  }
}
