import { mkdirSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { freePort } from '../../../localstack/testing/stack.ts';
import { answers, type Child, run, startChild, untilReady } from '../../tools/run-program.ts';
import { recording, roleProblems } from './aws-calls/index.ts';
import { cleanEnvironment, makeKey, TYPE_OF_NOTHING } from './emulated.ts';
import { mailProblems } from './mail-check.ts';
import { namedProblems, scheduleProblems } from './ministack-checks.ts';
import type { Platform, PlatformTarget, Surroundings } from './platform.ts';
import { installPython, missingPython } from './python.ts';

const MINISTACK = { name: 'ministack-1.5.33', packages: ['ministack==1.5.33'], asOf: '2026-11-20' };

export const startMiniStack = async (
  { directory, say }: Surroundings,
  extra: NodeJS.ProcessEnv = {},
): Promise<{ endpoint: string; child: Child }> => {
  const programs = await installPython(MINISTACK);
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const temporary = join(directory, 'tmp');
  mkdirSync(temporary);
  const env = {
    ...cleanEnvironment(),
    GATEWAY_PORT: String(port),
    BIND_HOST: '127.0.0.1',
    TMPDIR: temporary,
    STATE_DIR: join(directory, 'state'),
    LOG_LEVEL: 'WARNING',
    // Its Lambdas run the first `node` there.
    PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
    ...extra,
  };
  say(`${MINISTACK.packages.join(' ')} at ${endpoint}`);
  const child = startChild(join(programs, 'ministack'), [], { env, logPath: join(directory, 'ministack.log') });
  await untilReady('MiniStack', child, () => answers(`${endpoint}/_ministack/ready`)).catch(async (error: Error) => {
    await child.stop();
    throw error;
  });
  return { endpoint, child };
};

/** Each request in flight is a process of Node there, which takes half a second of a core to start. */
const AT_ONCE = 4;

const deployTo = async (endpoint: string, { directory, say }: Surroundings): Promise<Omit<PlatformTarget, 'close'>> => {
  const dataDir = join(directory, 'data');
  const env = { ...cleanEnvironment(), AWS_ENDPOINT_URL: endpoint, DATA_DIR: dataDir, AUTH_MODE: 'api-key' };
  const deploy = (): Promise<string> => run('npm', ['run', '--silent', 'deploy:local'], { env });
  const printed = await deploy();
  const [url] = /http\S+_aws\/execute-api\/\w+/.exec(printed) ?? [];
  if (!url) throw new Error(`deploy:local named no API:\n${printed}`);
  say(printed.split('\n').find((line) => line.startsWith('Deployed')) ?? '');
  const key = await makeKey(env);
  const { WEBHOOK_SECRETS: secret } = JSON.parse(readFileSync(join(dataDir, 'secrets.json'), 'utf8'));
  const hasMail = async (subject: string): Promise<boolean> =>
    (await (await fetch(`${endpoint}/_ministack/ses/messages`)).text()).includes(subject);
  const check = async (): Promise<string[]> => {
    const again = await deploy();
    const isSame = again.includes('Nothing has changed') && again.includes(url);
    return [
      ...(isSame ? [] : [`deployed twice, and the second time changed something:\n${again}`]),
      ...(await namedProblems(endpoint, url)),
      ...(await scheduleProblems(endpoint)),
      ...(await mailProblems({ url, key }, hasMail)),
      ...(await roleProblems(endpoint, directory, say)),
    ];
  };
  return { url, key, webhookSecrets: [secret], atOnce: AT_ONCE, limits: [TYPE_OF_NOTHING], check };
};

/** `npm run deploy:local` into MiniStack: our CloudFormation, through its API Gateway, in its Lambdas. */
export const ministack: Platform = {
  name: 'ministack',
  missing: missingPython,
  start: async (surroundings) => {
    const { endpoint, child } = await startMiniStack(surroundings, recording(surroundings.directory));
    const close = async (): Promise<void> => child.stop();
    try {
      return { ...(await deployTo(endpoint, surroundings)), close };
    } catch (error) {
      await close();
      throw error;
    }
  },
};
