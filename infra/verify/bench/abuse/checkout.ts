/**
 * The code under attack: a checkout of the project, and a store of its own in which two tenants
 * have keys.
 */
import { execFile } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { withDirectory, withStackIn } from '../stack.ts';

const run = promisify(execFile);

export interface Checkout {
  root: string;
  /** Short, with `-dirty` where there are changes. */
  commit: string;
  tokens: { honest: string; attacker: string };
  /** Fills a new data directory. */
  fill(dataDir: string): void;
}

const commitOf = async (root: string): Promise<string> =>
  (await run('git', ['-C', root, 'describe', '--always', '--dirty'])).stdout.trim();

/** By the checkout's own command line: how a key is stored is its own affair. */
const makeKey = async (root: string, awsUrl: string, tenant: string): Promise<string> => {
  const options = ['create', '--tenant', tenant, '--scopes', 'admin'];
  const env = { ...process.env, LOCAL_AWS_PORT: new URL(awsUrl).port };
  const { stdout } = await run(process.execPath, [join(root, 'infra/keys/main.ts'), ...options], { cwd: root, env });
  return stdout.trim();
};

export const withCheckout = <T>(root: string, work: (checkout: Checkout) => Promise<T>): Promise<T> =>
  withDirectory(async (kept) => {
    const tokens = await withStackIn(
      kept,
      async ({ awsUrl }) => ({
        honest: await makeKey(root, awsUrl, 'honest'),
        attacker: await makeKey(root, awsUrl, 'attacker'),
      }),
      {},
      root,
    );
    const fill = (dataDir: string): void => cpSync(kept, dataDir, { recursive: true });
    return work({ root, commit: await commitOf(root), tokens, fill });
  });
