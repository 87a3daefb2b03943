import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import type { Delivered, Inbox } from '../../../localstack/inbox/store.ts';
import { startSmtp } from '../../../localstack/ses/smtp.ts';
import { freePort } from '../../../localstack/testing/stack.ts';
import { answers, type Child, run, startChild, untilReady } from '../../tools/run-program.ts';
import { cleanEnvironment, makeKey } from './emulated.ts';
import { firingProblems } from './firing.ts';
import { missingJava, startLocalAws } from './localstack-aws.ts';
import { mailProblems } from './mail-check.ts';
import type { Platform, Surroundings } from './platform.ts';
import { missingPython } from './python.ts';

const runtime = fileURLToPath(new URL('../../../lib/runtime/main.ts', import.meta.url));

/** E-mail goes by SMTP: LocalStack has SES v2 for those who pay alone. */
const startSink = async (): Promise<{ url: string; mails: Delivered[]; close(): Promise<void> }> => {
  const mails: Delivered[] = [];
  const inbox: Pick<Inbox, 'add'> = { add: (mail) => void mails.push(mail) };
  const { port, close } = await startSmtp(inbox as Inbox, 0);
  return { url: `smtp://127.0.0.1:${port}`, mails, close };
};

/** API and workers, each a process of its own, as in a cluster. */
const startService = async (env: NodeJS.ProcessEnv, { directory }: Surroundings) => {
  const children: Child[] = [];
  const start = async (role: string): Promise<string> => {
    const port = String(await freePort());
    const url = `http://127.0.0.1:${port}`;
    const child = startChild(process.execPath, [runtime], {
      env: { ...env, ROLE: role, PORT: port, HOST: '127.0.0.1', DRAIN_SECONDS: '0' },
      logPath: join(directory, `${role}.log`),
    });
    children.push(child);
    await untilReady(role, child, () => answers(`${url}/health/ready`));
    return url;
  };
  const close = async (): Promise<void> => void (await Promise.all(children.map((child) => child.stop())));
  try {
    await start('worker');
    return { url: await start('api'), close };
  } catch (error) {
    await close();
    throw error;
  }
};

const startAll = async (surroundings: Surroundings, onStarted: (close: () => Promise<void>) => void) => {
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const aws = await startLocalAws(surroundings);
  onStarted(aws.close);
  const sink = await startSink();
  onStarted(sink.close);
  const given = {
    ...cleanEnvironment(),
    ...aws.environment,
    DATA_DIR: join(surroundings.directory, 'data'),
    AUTH_MODE: 'api-key',
    CURSOR_SECRET: randomBytes(32).toString('base64url'),
    WEBHOOK_SECRETS: secret,
    WEBHOOK_ALLOW_PRIVATE: 'true',
    WEBHOOK_ALLOW_HTTP: 'true',
    EMAIL_TRANSPORT: 'smtp',
    SMTP_URL: sink.url,
  };
  const env = { ...given, ...parseEnv(await run('npm', ['run', '--silent', 'provision'], { env: given })) };
  const service = await startService(env, surroundings);
  onStarted(service.close);
  const key = await makeKey(env);
  const { url } = service;
  const sent = async (wanted: string): Promise<boolean> => sink.mails.some(({ subject }) => subject === wanted);
  const check = async (): Promise<string[]> => [
    ...(await firingProblems(aws.environment)),
    ...(await mailProblems({ url, key }, sent)),
  ];
  return { url, key, webhookSecrets: [secret], check };
};

/** Our runtime against LocalStack's SQS, Amazon's DynamoDB Local and our Scheduler. */
export const localstack: Platform = {
  name: 'localstack',
  missing: async () => (await missingPython()) ?? missingJava(),
  start: async (surroundings) => {
    const started: (() => Promise<void>)[] = [];
    // What was started last is still talking to what was started first.
    const close = async (): Promise<void> => {
      for (const end of started.splice(0).reverse()) await end();
    };
    try {
      return { ...(await startAll(surroundings, (end) => started.push(end))), close };
    } catch (error) {
      await close();
      throw error;
    }
  },
};
