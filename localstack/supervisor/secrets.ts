import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Secrets {
  WEBHOOK_SECRETS: string;
  CURSOR_SECRET: string;
}

const make = (): Secrets => ({
  WEBHOOK_SECRETS: `whsec_${randomBytes(32).toString('base64')}`,
  CURSOR_SECRET: randomBytes(32).toString('base64url'),
});

/** The secrets of this stack: made on its first start, kept in `secrets.json`, which only its owner may read. */
export const keptSecrets = (directory: string): Secrets => {
  const path = join(directory, 'secrets.json');
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as Secrets;
  const secrets = make();
  writeFileSync(`${path}.new`, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
  return secrets;
};
