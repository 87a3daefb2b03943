import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface KmsKey {
  id: string;
  description: string;
  /** Epoch ms. */
  createdAt: number;
  /** Base64 of 32 bytes. */
  material: string;
}

export interface KeyStore {
  create(description: string): KmsKey;
  /** By id or ARN. */
  find(idOrArn: string): KmsKey | undefined;
  all(): KmsKey[];
}

/** The keys of this stack, in `kms.json`, which only its owner may read: what they sealed must open after a restart. */
export const openKeyStore = (directory: string, now = Date.now): KeyStore => {
  const path = join(directory, 'kms.json');
  const keys: KmsKey[] = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : [];
  return {
    create: (description) => {
      const key = { id: randomUUID(), description, createdAt: now(), material: randomBytes(32).toString('base64') };
      writeFileSync(`${path}.new`, `${JSON.stringify([...keys, key], null, 2)}\n`, { mode: 0o600 });
      renameSync(`${path}.new`, path);
      keys.push(key);
      return key;
    },
    find: (idOrArn) => keys.find(({ id }) => id === idOrArn || idOrArn.endsWith(`:key/${id}`)),
    all: () => [...keys],
  };
};
