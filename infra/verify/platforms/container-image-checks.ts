/** What the image must be before anything runs: small, without root, nothing in it but what runs. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { IMAGE } from '../../container/build.ts';
import { run } from '../../tools/run-program.ts';
import { healthcheckOf } from './container-engine.ts';

const SIZE_MAX_MB = 250;
const LABELS = ['title', 'description', 'version', 'revision', 'licenses'].map(
  (name) => `org.opencontainers.image.${name}`,
);
/** Who has the image can read its variables. */
const VARIABLES = new Set([
  'PATH',
  'NODE_ENV',
  'HOST',
  'PORT',
  'METRICS_PORT',
  'DATA_DIR',
  'MALLOC_ARENA_MAX',
  'SSL_CERT_FILE',
]);
/** The local AWS is made of these. */
const RUN_WITH = ['dynalite', 'fauxqs'];
const UNWANTED = /\.(ts|map|pem|key|env|npmrc)$|\.test\.|(^|\/)(\.git|\.npmrc|\.env|package-lock\.json)$/;

interface Inspected {
  Size: number;
  Config: {
    User?: string;
    Env?: string[];
    Labels?: Record<string, string>;
  };
}

const manifest = fileURLToPath(new URL('../../../package.json', import.meta.url));

/** The folder of the service inside, unpacked here. */
const unpackApp = async (command: string, directory: string): Promise<string> => {
  const into = join(directory, 'image');
  mkdirSync(into);
  const id = (await run(command, ['create', IMAGE])).trim().split('\n').at(-1) ?? '';
  try {
    await run(command, ['cp', `${id}:/app`, into]);
  } finally {
    await run(command, ['rm', id]);
  }
  return join(into, 'app');
};

const fileProblems = async (app: string): Promise<string[]> => {
  const files = (await run('find', [app, '-type', 'f', '-printf', '%P\\n'])).trim().split('\n');
  const { devDependencies } = JSON.parse(readFileSync(manifest, 'utf8')) as { devDependencies: Record<string, string> };
  const forbidden = Object.keys(devDependencies).filter((name) => !RUN_WITH.includes(name));
  const packages = new Set(files.flatMap((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []));
  return [
    ...forbidden.filter((name) => packages.has(name)).map((name) => `the image has the dev dependency ${name}`),
    ...files.filter((file) => UNWANTED.test(file)).map((file) => `the image has /app/${file}`),
  ];
};

/** @returns what is wrong, in a sentence each */
export const imageProblems = async (
  command: string,
  directory: string,
  say: (text: string) => void,
): Promise<string[]> => {
  const [inspected] = JSON.parse(await run(command, ['image', 'inspect', IMAGE])) as [Inspected];
  const { Size: bytes, Config: config } = inspected;
  const megabytes = bytes / 1_000_000;
  say(`the image has ${megabytes.toFixed(1)} MB unpacked`);
  const labels = LABELS.filter((label) => !config.Labels?.[label]);
  const variables = (config.Env ?? []).map((each) => each.split('=', 1)[0] ?? '');
  return [
    ...(megabytes < SIZE_MAX_MB ? [] : [`the image has ${megabytes.toFixed(0)} MB, not less than ${SIZE_MAX_MB}`]),
    ...(/^[1-9]\d*:[1-9]\d*$/.test(config.User ?? '')
      ? []
      : [`the image's user is "${config.User}", not a number other than 0`]),
    ...labels.map((label) => `the image has no label ${label}`),
    ...variables.filter((name) => !VARIABLES.has(name)).map((name) => `the image sets ${name}`),
    ...((await healthcheckOf(command)).length > 0 ? [] : ['the image has no HEALTHCHECK']),
    ...(await fileProblems(await unpackApp(command, directory))),
  ];
};
