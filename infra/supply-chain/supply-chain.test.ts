/** Each check says no when it should. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { judgeAudit } from './audit.ts';
import { type Lockfile, lockfileProblems } from './lockfile.ts';
import { type Bom, forProduction, sbomProblems } from './sbom.ts';
import { secretProblems } from './secrets.ts';
import { syncProblems } from './sync.ts';

const root = resolve(import.meta.dirname, '../..');
const integrity = `sha512-${'A'.repeat(86)}==`;

const folder = (): string => {
  const path = mkdtempSync(join(tmpdir(), 'supply-chain-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
};

const lock = (packages: Lockfile['packages']): Lockfile => ({ lockfileVersion: 3, packages: { '': {}, ...packages } });

describe('the lockfile', () => {
  it('is fine with packages of the public registry, named or left to npm', () => {
    const resolved = 'https://registry.npmjs.org/a/-/a-1.0.0.tgz';
    const good = lock({ 'node_modules/a': { resolved, integrity }, 'node_modules/b': { integrity } });
    expect(lockfileProblems(good, {})).toEqual([]);
  });

  it.each([
    'https://registry.npmjs.org.evil.example/a/-/a-1.0.0.tgz',
    'http://registry.npmjs.org/a/-/a-1.0.0.tgz',
    'git+ssh://git@github.com/a/a.git#0123456',
    'https://codeload.github.com/a/a/tar.gz/main',
    'file:../a',
  ])('refuses a package from %s', (resolved) => {
    const problems = lockfileProblems(lock({ 'node_modules/a': { resolved, integrity } }), {});
    expect(problems).toEqual([`node_modules/a: comes from ${resolved}`]);
  });

  it.each([undefined, '', 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk='])('refuses the checksum %j', (weak) => {
    const one = { version: '1.0.0', ...(weak !== undefined && { integrity: weak }) };
    expect(lockfileProblems(lock({ 'node_modules/a': one }), {})).toEqual(['node_modules/a: has no SHA-512 checksum']);
  });

  it('refuses a link to a folder, and a lockfile without packages', () => {
    expect(lockfileProblems(lock({ 'node_modules/a': { link: true } }), {})).toEqual([
      'node_modules/a: links to a folder',
    ]);
    expect(lockfileProblems(lock({}), {})).toEqual(['there are no packages']);
  });

  it('names a new package that wants to run an install script', () => {
    const nested = { 'node_modules/a/node_modules/@x/miner': { integrity, hasInstallScript: true } };
    expect(lockfileProblems(lock(nested), { esbuild: true })[0]).toMatch(/^@x\/miner: has an install script/);
    expect(lockfileProblems(lock(nested), { '@x/miner': false })).toEqual([]);
  });

  it('is not in sync once package.json asks for something else', () => {
    const copy = folder();
    for (const name of ['package.json', 'package-lock.json']) cpSync(join(root, name), join(copy, name));
    expect(syncProblems(copy)).toEqual([]);
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    manifest.dependencies.jose = '1.0.0';
    writeFileSync(join(copy, 'package.json'), JSON.stringify(manifest));
    expect(syncProblems(copy)[0]).toMatch(/^package-lock\.json is not what package\.json asks for: npm error/);
  });
});

describe('the bill of materials', () => {
  const component = (name: string, licence?: string, development = false) => ({
    'bom-ref': `${name}@1.0.0`,
    name,
    version: '1.0.0',
    ...(licence && { licenses: [{ license: { id: licence } }] }),
    properties: development ? [{ name: 'cdx:npm:package:development', value: 'true' }] : [],
  });
  const bom = (...components: NonNullable<Bom['components']>): Bom => ({ bomFormat: 'CycloneDX', components });
  const locked = lock({
    'node_modules/a': { version: '1.0.0', integrity },
    'node_modules/d': { version: '1.0.0', integrity, dev: true },
  });

  it('is complete with every package that is shipped, and knows the ones for development apart', () => {
    const all = {
      ...bom(component('a', 'MIT'), component('d', 'MIT', true)),
      dependencies: [{ ref: 'a@1.0.0', dependsOn: ['d@1.0.0'] }],
    };
    expect(forProduction(all).components?.map(({ name }) => name)).toEqual(['a']);
    expect(forProduction(all).dependencies).toEqual([{ ref: 'a@1.0.0', dependsOn: [] }]);
    expect(sbomProblems(forProduction(all), locked)).toEqual([]);
  });

  it('misses what it leaves out', () => {
    expect(sbomProblems(bom(component('b', 'MIT')), locked)).toEqual(['a@1.0.0: is not in the bill of materials']);
    expect(sbomProblems(bom(), locked)[0]).toBe('there is no bill of materials');
  });

  it.each([
    [undefined, 'has no licence'],
    ['AGPL-3.0-only', 'its licence is AGPL-3.0-only'],
    ['MIT AND GPL-2.0-only', 'its licence is MIT AND GPL-2.0-only'],
    ['UNLICENSED', 'its licence is UNLICENSED'],
  ])('refuses the licence %s', (licence, problem) => {
    expect(sbomProblems(bom(component('a', licence)), locked)).toEqual([`a@1.0.0: ${problem}`]);
  });

  it('takes one that may be chosen', () => {
    expect(sbomProblems(bom(component('a', '(MIT OR GPL-2.0-only)')), locked)).toEqual([]);
  });
});

describe('the audit', () => {
  it('is no verdict without advisories, and one with them', () => {
    const unasked = { ok: false, output: 'npm error audit endpoint returned an error' };
    expect(judgeAudit(unasked)).toMatchObject({ problems: [], note: expect.any(String) });
    expect(judgeAudit({ ok: false, output: '1 high severity vulnerability' }).problems).toHaveLength(1);
    expect(judgeAudit({ ok: true, output: 'found 0 vulnerabilities' })).toEqual({ problems: [] });
  });
});

describe('the search for secrets', () => {
  const config = join(root, '.secretlintrc.json');
  /** Put together here, so that this file holds none. */
  const planted: Record<string, string> = {
    'an AWS key': `AWS_SECRET_ACCESS_KEY=${'wJalrXUtnFEMI/K7MDENG/bPxRfiCY'}${'QqLzT9fKd1'}\n`,
    'a GitHub token': `token = "ghp_${'a1B2c3D4e5F6'.repeat(3)}"\n`,
    'a private key': ['-----BEGIN PRIVATE', ' KEY-----\n', 'MIIE'.repeat(40), '\n-----END PRIVATE', ' KEY-----\n'].join(
      '',
    ),
    'a password in a URL': `database: '${['postgres:', '', 'admin:hunter2hunter2@db.internal', 'main'].join('/')}'\n`,
  };

  it.each(Object.entries(planted))('finds %s', (_, text) => {
    const path = folder();
    writeFileSync(join(path, 'settings.txt'), text);
    expect(secretProblems(path, ['settings.txt'], config)[0]).toMatch(/settings\.txt/);
  });

  it('passes what is none, and does not pass when there is nothing to look into', () => {
    const path = folder();
    writeFileSync(join(path, 'settings.txt'), 'name = value\n');
    expect(secretProblems(path, ['settings.txt'], config)).toEqual([]);
    expect(secretProblems(path, [], config)).toHaveLength(1);
  });
});
