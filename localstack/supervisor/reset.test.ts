import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startAws } from '../testing/stack.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { lockDirectory } from './lock.ts';
import { resetData } from './reset.ts';
import { keptSecrets } from './secrets.ts';

let directory: ReturnType<typeof temporaryDirectory>;
beforeEach(() => {
  directory = temporaryDirectory();
});
afterEach(() => directory.remove());

/** With all that a stack stores. */
const used = async () => {
  const lock = await lockDirectory(directory.path);
  const aws = await startAws({ dataDir: directory.path, provisioned: false });
  await aws.advance('P7D');
  await aws.close();
  keptSecrets(directory.path);
  for (const name of ['aws.log', 'service.log', 'processes.json']) writeFileSync(join(directory.path, name), '');
  lock.release();
};

describe('a reset', () => {
  it('removes all that a stack stores and lists it; the next start shows real time', async () => {
    await used();
    const lines = await resetData(directory.path);
    expect(lines[0]).toBe(`Removed from ${directory.path}:`);
    for (const part of ['dynamodb', 'fauxqs.db', 'scheduler.sqlite', 'inbox.db', 'clock', 'secrets.json', 'aws.log'])
      expect(lines.join('\n')).toContain(part);
    expect(existsSync(directory.path)).toBe(false);
    const aws = await startAws({ dataDir: directory.path, provisioned: false });
    expect(aws.server.clock.offset()).toBe(0);
    await aws.close();
  });

  it('leaves other files, and names them', async () => {
    await used();
    mkdirSync(join(directory.path, 'mine'));
    writeFileSync(join(directory.path, 'notes.txt'), 'keep');
    const lines = await resetData(directory.path);
    expect(lines.at(-1)).toMatch(/^Left there.*: mine, notes\.txt$/);
    expect(readdirSync(directory.path).sort()).toEqual(['mine', 'notes.txt']);
  });

  it('leaves other files in a folder `dynamodb`', async () => {
    await used();
    const sources = join(directory.path, 'dynamodb');
    mkdirSync(join(sources, 'tables'));
    for (const name of ['index.ts', 'notes.log']) writeFileSync(join(sources, name), 'mine');
    expect((await resetData(directory.path)).at(-1)).toMatch(/^Left there.*: dynamodb$/);
    expect(readdirSync(sources).sort()).toEqual(['index.ts', 'notes.log', 'tables']);
  });

  it('lists what it removed from a folder that is a link, and leaves the link', async () => {
    await used();
    const link = `${directory.path}-link`;
    symlinkSync(directory.path, link);
    expect((await resetData(link))[0]).toBe(`Removed from ${link}:`);
    expect(readdirSync(link)).toEqual([]);
    rmSync(link);
  });

  it('removes nothing from a folder that is not a data directory, or does not exist', async () => {
    mkdirSync(join(directory.path, 'dynamodb'));
    for (const name of ['clock', 'version.json']) writeFileSync(join(directory.path, name), 'mine');
    const nothing = /holds no data of a local stack; nothing is removed/;
    expect((await resetData(directory.path))[0]).toMatch(nothing);
    expect(readdirSync(directory.path).sort()).toEqual(['clock', 'dynamodb', 'version.json']);
    expect((await resetData(join(directory.path, 'absent')))[0]).toMatch(nothing);
    expect(existsSync(join(directory.path, 'absent'))).toBe(false);
  });

  it('is refused while a stack runs there', async () => {
    await used();
    const lock = await lockDirectory(directory.path);
    const before = readdirSync(directory.path);
    await expect(resetData(directory.path)).rejects.toThrow(/is in use by .*\. Stop it first\.$/);
    expect(readdirSync(directory.path)).toEqual(before);
    lock.release();
  });
});
