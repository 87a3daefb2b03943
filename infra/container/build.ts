/**
 * `npm run image [-- --tag t] [--archive f.tar] [--local-bases]`: builds infra/container/Dockerfile
 * with docker, or with buildah where there is none. Where no image registry answers, or with
 * `--local-bases`, its bases are made of this machine's Debian packages.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { run, startChild } from '../tools/run-program.ts';
import { BASES, makeBases, withBases } from './bases.ts';

export const IMAGE = 'localhost/event-system:dev';

const root = join(import.meta.dirname, '..', '..');
const dockerfile = 'infra/container/Dockerfile';
const REGISTRIES = ['https://registry-1.docker.io/v2/', 'https://gcr.io/v2/'];
const ANSWER_MS = 5_000;

const works = (command: string, args: string[]): Promise<boolean> =>
  run(command, args).then(
    () => true,
    () => false,
  );

/** 401 is an answer: it asks for a token, which a puller fetches. */
const registriesAnswer = async (): Promise<boolean> => {
  const asked = REGISTRIES.map((url) =>
    fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) }).then(({ status }) => status),
  );
  const statuses = await Promise.all(asked).catch(() => [0]);
  return statuses.every((status) => status === 200 || status === 401);
};

const git = (...args: string[]): string => {
  try {
    return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return ''; // a source archive has no history
  }
};

const labels = (): string[] => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const dirty = git('status', '--porcelain', '--untracked-files=no') === '' ? '' : '-dirty';
  const revision = git('rev-parse', 'HEAD');
  return [`VERSION=${version}`, ...(revision ? [`REVISION=${revision}${dirty}`] : [])];
};

/** Where the sources come from, without what a URL may carry of its user. */
const source = (): string[] => {
  const url = git('remote', 'get-url', 'origin').replace(/\/\/[^/@]*@/, '//');
  return url ? ['--label', `org.opencontainers.image.source=${url}`] : [];
};

/** A machine whose registries are behind a certificate of its own says so to Node in this way. */
const secrets = (): string[] => {
  const { NODE_EXTRA_CA_CERTS: ca } = process.env;
  return ca && existsSync(ca) ? ['--secret', `id=ca,src=${ca}`] : [];
};

const argumentsOf = (values: string[]): string[] => values.flatMap((value) => ['--build-arg', value]);

const withDocker = async (tag: string, archive: string | undefined): Promise<void> => {
  await watched('docker', [
    'build',
    '-f',
    dockerfile,
    '-t',
    tag,
    ...argumentsOf(labels()),
    ...source(),
    ...secrets(),
    '.',
  ]);
  if (archive) await run('docker', ['save', '-o', archive, tag]);
};

const onLocalBases = async (build: (file: string) => Promise<void>): Promise<void> => {
  await makeBases();
  const folder = mkdtempSync(join(tmpdir(), 'dockerfile-'));
  const file = join(folder, 'Dockerfile');
  try {
    writeFileSync(file, withBases(readFileSync(join(root, dockerfile), 'utf8'), BASES));
    await build(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const withBuildah = async (tag: string, archive: string | undefined, localBases: boolean): Promise<void> => {
  // HEALTHCHECK is Docker's; the format of OCI does not have it. One time for all files: the same
  // sources make the same image.
  const format = ['--format', 'docker', '--layers', '--timestamp', git('log', '-1', '--format=%ct') || '0'];
  const given = [...argumentsOf(labels()), ...source(), ...secrets()];
  const build = (file: string): Promise<void> =>
    watched('buildah', ['bud', '--isolation', 'chroot', '-f', file, '-t', tag, ...format, ...given, '.']);
  if (localBases || !(await registriesAnswer())) await onLocalBases(build);
  else await build(dockerfile);
  if (!archive) return;
  rmSync(archive, { force: true }); // an archive is not written over
  await run('buildah', ['push', '-q', tag, `docker-archive:${archive}:${tag}`]);
};

/** Its output is printed as it comes. */
const watched = async (command: string, args: string[]): Promise<void> => {
  const child = startChild(command, args, { cwd: root });
  const code = await child.ended;
  process.stderr.write(child.output());
  if (code !== 0) throw new Error(`${command} ended with ${code}`);
};

/** What builds here; undefined when nothing does. */
export const builder = async (): Promise<'docker' | 'buildah' | undefined> => {
  if (await works('docker', ['info'])) return 'docker';
  return (await works('buildah', ['--version'])) ? 'buildah' : undefined;
};

export const buildImage = async (options: { tag?: string; archive?: string; localBases?: boolean }): Promise<void> => {
  const { tag = IMAGE, localBases = false } = options;
  const archive = options.archive && resolve(options.archive);
  if (archive) mkdirSync(dirname(archive), { recursive: true });
  const tool = await builder();
  if (tool === undefined) throw new Error('Neither docker nor buildah is here. On Debian: apt-get install buildah');
  if (tool === 'docker') await withDocker(tag, archive);
  else await withBuildah(tag, archive, localBases);
};

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      tag: { type: 'string', default: IMAGE },
      archive: { type: 'string' },
      'local-bases': { type: 'boolean', default: false },
    },
  });
  const { tag, archive, 'local-bases': localBases } = values;
  await buildImage({ tag, localBases, ...(archive !== undefined && { archive }) }).catch((error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  });
  process.stdout.write(`${tag}${archive ? `, ${archive}` : ''}\n`);
}
