import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { readStateFile, writeStateFile } from '../storage/state-file.ts';

export interface Secrets {
  WEBHOOK_SECRETS: string;
  CURSOR_SECRET: string;
}

const make = (): Secrets => ({
  WEBHOOK_SECRETS: `whsec_${randomBytes(32).toString('base64')}`,
  CURSOR_SECRET: randomBytes(32).toString('base64url'),
});

const isSecrets = (value: unknown): value is Secrets => {
  const { WEBHOOK_SECRETS, CURSOR_SECRET } = (value ?? {}) as Partial<Secrets>;
  return [WEBHOOK_SECRETS, CURSOR_SECRET].every((secret) => typeof secret === 'string' && secret !== '');
};

const LOSS = 'new secrets are made: receivers need the new WEBHOOK_SECRETS, and cursors of clients become invalid';

/**
 * The secrets of this stack, made at its first start. Only the owner of `secrets.json` may read it.
 */
export const keptSecrets = (directory: string): Secrets => {
  const path = join(directory, 'secrets.json');
  const kept = readStateFile(path, isSecrets, LOSS);
  if (kept) return kept;
  const secrets = make();
  writeStateFile(path, `${JSON.stringify(secrets, null, 2)}\n`);
  return secrets;
};
