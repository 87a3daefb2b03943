import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import * as z from 'zod';
import { readStateFile, writeStateFile } from '../storage/state-file.ts';

const keySchema = z.object({
  id: z.string(),
  description: z.string(),
  /** Epoch ms. */
  createdAt: z.number(),
  /** Base64 of 32 bytes. */
  material: z.base64().length(44),
});
export type KmsKey = z.output<typeof keySchema>;

const areKeys = (value: unknown): value is KmsKey[] => z.array(keySchema).safeParse(value).success;
const LOSS = 'what its keys have encrypted cannot be read again';

interface KeyStore {
  create(description: string): KmsKey;
  /** By id or ARN. */
  find(idOrArn: string): KmsKey | undefined;
  all(): KmsKey[];
}

/** The keys of this stack, in `kms.json`, which only its owner may read. */
export const openKeyStore = (directory: string, now = Date.now): KeyStore => {
  const path = join(directory, 'kms.json');
  const keys = readStateFile(path, areKeys, LOSS) ?? [];
  return {
    create: (description) => {
      const key = { id: randomUUID(), description, createdAt: now(), material: randomBytes(32).toString('base64') };
      writeStateFile(path, `${JSON.stringify([...keys, key], null, 2)}\n`);
      keys.push(key);
      return key;
    },
    find: (idOrArn) => keys.find(({ id }) => id === idOrArn || idOrArn.endsWith(`:key/${id}`)),
    all: () => [...keys],
  };
};
