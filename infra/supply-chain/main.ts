/**
 * `npm run supply-chain`: where everything comes from, what it may do, what it is made of, and what
 * must not be in it.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { audit } from './audit.ts';
import { type AllowScripts, type Lockfile, lockfileProblems } from './lockfile.ts';
import { makeSbom, sbomProblems } from './sbom.ts';
import { keptFiles, secretProblems } from './secrets.ts';
import { syncProblems } from './sync.ts';

const folder = resolve(import.meta.dirname, '../..');
const sbomPath = join(folder, '.sbom', 'sbom.cdx.json');
const read = <T>(name: string): T => JSON.parse(readFileSync(join(folder, name), 'utf8')) as T;

const lock = read<Lockfile>('package-lock.json');
/** The service, and what only checks its OpenAPI document. */
const LOCKED = ['.', 'infra/verify/openapi/clients'];

const problemsOfLock = (folder: string): string[] => {
  const { allowScripts = {} } = read<{ allowScripts?: AllowScripts }>(join(folder, 'package.json'));
  return lockfileProblems(read<Lockfile>(join(folder, 'package-lock.json')), allowScripts);
};

const checks: Record<string, () => { problems: string[]; note?: string }> = {
  'the lockfile names public packages with checksums, and no unknown install script': () => ({
    problems: LOCKED.flatMap(problemsOfLock),
  }),
  'npm ci installs what package.json asks for': () => ({ problems: syncProblems(folder) }),
  'the bill of materials is complete, with licences we may use': () => {
    const bom = makeSbom(folder, sbomPath);
    return { problems: sbomProblems(bom, lock), note: `${bom.components?.length ?? 0} packages, ${sbomPath}` };
  },
  'no high advisory is known': () => audit(folder),
  'no secret is in what git keeps': () => {
    const files = keptFiles(folder);
    const problems = secretProblems(folder, files, join(folder, '.secretlintrc.json'));
    return { problems, note: `${files.length} files` };
  },
};

for (const [name, check] of Object.entries(checks)) {
  const { problems, note } = check();
  const aside = note === undefined ? '' : ` (${note})`;
  process.stdout.write(`${problems.length === 0 ? 'ok ' : 'NOT'} ${name}${aside}\n`);
  for (const problem of problems) process.stdout.write(`    ${problem.replaceAll('\n', '\n    ')}\n`);
  if (problems.length > 0) process.exitCode = 1;
}
