/**
 * Both bases of the Dockerfile from Debian's own packages and this machine's Node 24 and npm, for
 * where no image registry can be reached. They hold what the pinned ones are used for: glibc,
 * libstdc++, certificates and time zones to run; a shell and npm to build.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { run } from '../tools/run-program.ts';

export const BASES = { build: 'localhost/event-system-build-base:local', run: 'localhost/event-system-run-base:local' };

/**
 * The Dockerfile with other bases.
 * @param bases image by name of the stage  @throws when there is no such stage
 */
export const withBases = (dockerfile: string, bases: Readonly<Record<string, string>>): string =>
  Object.entries(bases).reduce((text, [stage, image]) => {
    const line = new RegExp(`^FROM \\S+ AS ${stage}$`, 'm');
    if (!line.test(text)) throw new Error(`the Dockerfile has no stage ${stage}`);
    return text.replace(line, `FROM ${image} AS ${stage}`);
  }, dockerfile);

const RUN_PACKAGES = ['base-files', 'ca-certificates', 'libc6', 'libgcc-s1', 'libstdc++6', 'tzdata'];
const BUILD_PACKAGES = ['dash', 'coreutils', 'libacl1', 'libattr1', 'libgmp10', 'libpcre2-8-0', 'libselinux1'];

const unpack = async (packages: string[], into: string): Promise<void> => {
  const downloads = mkdtempSync(join(tmpdir(), 'debian-packages-'));
  try {
    await run('apt-get', ['-qq', '-o', 'APT::Sandbox::User=root', 'download', ...packages], { cwd: downloads });
    for (const name of readdirSync(downloads)) await run('dpkg-deb', ['-x', join(downloads, name), into]);
  } finally {
    rmSync(downloads, { recursive: true, force: true });
  }
};

/** The bundle that ca-certificates makes when it is installed: the same, of what it carries. */
const writeCertificates = (rootfs: string): void => {
  const folder = join(rootfs, 'usr/share/ca-certificates/mozilla');
  const all = readdirSync(folder)
    .sort()
    .map((name) => readFileSync(join(folder, name), 'utf8').trim());
  mkdirSync(join(rootfs, 'etc/ssl/certs'), { recursive: true });
  writeFileSync(join(rootfs, 'etc/ssl/certs/ca-certificates.crt'), `${all.join('\n')}\n`);
};

/** `which npm` leads through links to `.../npm/bin/npm-cli.js`. */
const addNode = async (rootfs: string): Promise<void> => {
  const bin = join(rootfs, 'usr/local/bin');
  const cli = (await run('sh', ['-c', 'readlink -f "$(command -v npm)"'])).trim();
  if (!cli.endsWith('npm-cli.js')) throw new Error(`npm is not where npm's own installer puts it: ${cli}`);
  mkdirSync(bin, { recursive: true });
  cpSync(process.execPath, join(bin, 'node'));
  cpSync(dirname(dirname(cli)), join(rootfs, 'usr/local/lib/node_modules/npm'), { recursive: true, dereference: true });
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(bin, 'npm'));
};

const commit = async (rootfs: string, tag: string): Promise<void> => {
  const container = (await run('buildah', ['from', 'scratch'])).trim();
  try {
    await run('buildah', ['copy', '-q', container, rootfs, '/']);
    const path = '/usr/local/bin:/usr/bin:/bin';
    await run('buildah', ['config', '--env', `PATH=${path}`, container]);
    await run('buildah', ['commit', '-q', container, tag]);
  } finally {
    await run('buildah', ['rm', container]);
  }
};

const exists = (tag: string): Promise<boolean> =>
  run('buildah', ['inspect', '--type', 'image', tag]).then(
    () => true,
    () => false,
  );

const make = async (tag: string, packages: string[], finish: (rootfs: string) => Promise<void>): Promise<void> => {
  if (await exists(tag)) return;
  const rootfs = mkdtempSync(join(tmpdir(), 'base-'));
  try {
    await unpack(packages, rootfs);
    writeCertificates(rootfs);
    await finish(rootfs);
    for (const folder of ['usr/share/doc', 'usr/share/man', 'usr/share/locale', 'usr/share/info'])
      if (existsSync(join(rootfs, folder))) rmSync(join(rootfs, folder), { recursive: true });
    mkdirSync(join(rootfs, 'tmp'), { recursive: true, mode: 0o1777 });
    await commit(rootfs, tag);
  } finally {
    rmSync(rootfs, { recursive: true, force: true });
  }
};

/** Made once; later calls find them. */
export const makeBases = async (): Promise<void> => {
  await make(BASES.run, RUN_PACKAGES, async () => {});
  await make(BASES.build, [...RUN_PACKAGES, ...BUILD_PACKAGES], addNode);
};
