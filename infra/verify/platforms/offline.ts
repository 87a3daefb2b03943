import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { freePort, startStack } from '../../../localstack/testing/stack.ts';
import { answers, startChild, untilReady } from '../../tools/run-program.ts';
import { TYPE_OF_NOTHING } from './emulated.ts';
import type { Platform } from './platform.ts';

/** Each request in flight is a thread there, which imports its whole function first. */
const AT_ONCE = 4;
/** The framework reads its plugins and serverless.yml first: 5 s of a core, which many may share. */
const READY_MS = 240_000;

/**
 * The routes under serverless-offline, the queues served by the stack beside it: `npm start` and
 * `npm run offline`.
 */
export const offline: Platform = {
  name: 'offline',
  start: async ({ directory }) => {
    const secret = `whsec_${randomBytes(32).toString('base64')}`;
    const dataDir = join(directory, 'data');
    const stack = await startStack({ dataDir, env: { WEBHOOK_SECRETS: secret } });
    const port = await freePort();
    const env = {
      ...process.env,
      WEBHOOK_SECRETS: secret,
      DATA_DIR: dataDir,
      LOCAL_AWS_PORT: new URL(stack.awsUrl).port,
      OFFLINE_PORT: String(port),
    };
    const child = startChild('npm', ['run', 'offline'], { env, logPath: join(directory, 'offline.log') });
    const close = async (): Promise<void> => {
      await child.stop();
      await stack.stop();
    };
    const url = `http://127.0.0.1:${port}`;
    try {
      await untilReady('serverless-offline', child, () => answers(`${url}/health`), READY_MS);
    } catch (error) {
      await close();
      throw error;
    }
    const target = { url, localAws: stack.awsUrl, webhookSecrets: [secret], close };
    // The framework's threads know no virtual clock: only the stack's own workers follow it.
    return { ...target, realTime: true, atOnce: AT_ONCE, limits: [TYPE_OF_NOTHING] };
  },
};
