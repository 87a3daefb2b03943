/** The exporter of CloudWatch's metrics, built from its Go module. */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../localstack/testing/stack.ts';
import { answers, type Child, run, startChild, untilReady } from '../tools/run-program.ts';

const MODULE = 'github.com/nerdswords/yet-another-cloudwatch-exporter';
const VERSION = 'v0.61.2';
const program = fileURLToPath(new URL(`../../node_modules/.cache/yace-${VERSION}/yace`, import.meta.url));
const config = fileURLToPath(new URL('yace.yml', import.meta.url));

/** Resolves with its path. The first time takes a minute or two, or more. Rejects when there is no Go. */
export const buildYace = async (): Promise<string> => {
  if (existsSync(program)) return program;
  mkdirSync(dirname(program), { recursive: true });
  const env = { ...process.env, GOFLAGS: '-mod=mod', GOTOOLCHAIN: 'auto' };
  const printed = await run('go', ['mod', 'download', '-json', `${MODULE}@${VERSION}`], { env });
  const { Dir: cwd } = JSON.parse(printed) as { Dir: string };
  // In its own folder, so that its own go.sum pins what it is made of.
  await run('go', ['build', '-buildvcs=false', '-o', program, './cmd/yace'], {
    cwd,
    env: { ...process.env, GOFLAGS: '-mod=readonly' },
  });
  return program;
};

/** Against an endpoint, with the shipped configuration. Resolves with its `host:port`. */
export const startYace = async (endpoint: string, logPath: string): Promise<{ target: string; child: Child }> => {
  const yace = await buildYace();
  await run(yace, ['verify-config', '-config.file', config]);
  const target = `127.0.0.1:${await freePort()}`;
  const child = startChild(
    yace,
    ['-config.file', config, '-listen-address', target, '-scraping-interval', '5', '-log.format', 'logfmt'],
    {
      env: {
        ...process.env,
        AWS_ENDPOINT_URL: endpoint,
        AWS_ACCESS_KEY_ID: 'local',
        AWS_SECRET_ACCESS_KEY: 'local',
        AWS_REGION: 'us-east-1',
      },
      logPath,
    },
  );
  await untilReady('YACE', child, () => answers(`http://${target}/metrics`));
  return { target, child };
};
