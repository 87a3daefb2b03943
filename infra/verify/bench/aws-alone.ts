/** The local AWS without the service, provisioned, in a process of its own. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { provision } from '../../../localstack/provision/index.ts';
import { freePort } from '../../../localstack/testing/stack.ts';
import { withDirectory } from './stack.ts';

export interface AwsAlone {
  url: string;
  dataDir: string;
  /** `provider.environment` of serverless.yml, resolved. */
  environment: Record<string, string>;
}

const path = fileURLToPath(new URL('../../../localstack/entrypoints/aws-child.ts', import.meta.url));

export const withAws = <T>(work: (aws: AwsAlone) => Promise<T>): Promise<T> =>
  withDirectory(async (dataDir) => {
    const port = await freePort();
    const env = { ...process.env, LOCAL_AWS_PORT: String(port), DATA_DIR: dataDir };
    const child = fork(path, { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const exited = once(child, 'exit');
    try {
      const [{ kind, reason }] = (await once(child, 'message')) as [{ kind: string; reason?: string }];
      if (kind !== 'ready') throw new Error(`The local AWS did not start: ${reason}`);
      const url = `http://127.0.0.1:${port}`;
      const { environment } = await provision({ endpoint: url, stage: 'local', region: 'us-east-1' });
      return await work({ url, dataDir, environment });
    } finally {
      child.kill('SIGTERM');
      await exited;
    }
  });
