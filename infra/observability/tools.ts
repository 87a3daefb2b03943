/**
 * Prometheus and promtool: the machine's own, else Debian's package, unpacked and not installed, so
 * that no service starts.
 */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../tools/run-program.ts';

export interface Tools {
  prometheus: string;
  promtool: string;
}

const cache = fileURLToPath(new URL('../../node_modules/.cache/prometheus/', import.meta.url));
const missing = 'prometheus and promtool are needed: install them, or run this where apt-get is (Debian, Ubuntu)';

const isOnPath = (name: string): Promise<boolean> =>
  run('sh', ['-c', `command -v ${name}`]).then(
    () => true,
    () => false,
  );

const unpack = async (): Promise<void> => {
  const attempt = `${cache}.part`;
  rmSync(attempt, { recursive: true, force: true });
  mkdirSync(attempt, { recursive: true });
  const download = () => run('apt-get', ['download', 'prometheus'], { cwd: attempt });
  await download().catch(async () => {
    await run('apt-get', ['update']);
    await download();
  });
  const [file = ''] = readdirSync(attempt).filter((name) => name.endsWith('.deb'));
  await run('dpkg-deb', ['-x', join(attempt, file), cache]);
  rmSync(attempt, { recursive: true });
};

/** Rejects, with the remedy, when they cannot be had. */
export const findTools = async (): Promise<Tools> => {
  if ((await isOnPath('prometheus')) && (await isOnPath('promtool')))
    return { prometheus: 'prometheus', promtool: 'promtool' };
  const programs = join(cache, 'usr/bin');
  if (!existsSync(join(programs, 'promtool'))) {
    if (!(await isOnPath('apt-get'))) throw new Error(missing);
    await unpack();
  }
  return { prometheus: join(programs, 'prometheus'), promtool: join(programs, 'promtool') };
};
