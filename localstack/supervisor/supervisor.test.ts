import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { freePort } from '../testing/stack.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { BAD_PORTS } from './bad-ports.ts';
import { type Child, keepAlive } from './child.ts';
import { openFolder } from './folder.ts';
import { runStack } from './index.ts';
import { lockDirectory } from './lock.ts';
import { openLogFile } from './log-file.ts';
import { keptSecrets } from './secrets.ts';
import { childEnvironment, readSettings } from './settings.ts';

let directory: ReturnType<typeof temporaryDirectory>;
beforeEach(() => {
  directory = temporaryDirectory();
});
afterEach(() => directory.remove());

describe('the lock of a data directory', () => {
  it('is held by one at a time, and free once released', async () => {
    const lock = await lockDirectory(directory.path);
    await expect(lockDirectory(directory.path)).rejects.toThrow(
      /is in use by another stack\. Stop it, or set DATA_DIR/,
    );
    lock.release();
    (await lockDirectory(directory.path)).release();
  });

  it('is free when its holder is killed', async () => {
    const module = new URL('./lock.ts', import.meta.url).href;
    const script = `const { lockDirectory } = await import('${module}');
      globalThis.lock = await lockDirectory(${JSON.stringify(directory.path)}); console.log('locked'); setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    writeFileSync(join(directory.path, 'processes.json'), JSON.stringify({ main: holder.pid }));
    await expect(lockDirectory(directory.path)).rejects.toThrow(`the stack of process ${holder.pid}`);
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    (await lockDirectory(directory.path)).release();
  });
});

describe('a failed start', () => {
  it('leaves the files of a stack that locked the folder after this one found it empty', async () => {
    const failing = runStack({ DATA_DIR: directory.path });
    const lock = new DatabaseSync(join(directory.path, 'lock.db'));
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT');
    await expect(failing).rejects.toThrow('is in use by another stack');
    expect(readdirSync(directory.path)).toContain('lock.db');
    lock.close();
  });

  it('removes nothing that another stack stored before this one had the lock', async () => {
    const opening = openFolder(directory.path);
    writeFileSync(join(directory.path, 'fauxqs.db'), 'stored');
    const folder = await opening;
    folder.undo();
    expect(readdirSync(directory.path)).toContain('fauxqs.db');
    folder.release();
  });
});

it('secrets are made once, in the right form, and readable by their owner alone', () => {
  const secrets = keptSecrets(directory.path);
  expect(secrets.WEBHOOK_SECRETS).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(keptSecrets(directory.path)).toEqual(secrets);
  expect(statSync(join(directory.path, 'secrets.json')).mode & 0o777).toBe(0o600);
});

it('an invalid port is refused by name', () => {
  expect(readSettings({}).port).toBe(3000);
  expect(() => readSettings({ LOCAL_AWS_PORT: 'many' })).toThrow('LOCAL_AWS_PORT must be a port number, not "many"');
  expect(() => readSettings({ METRICS_PORT: '3000' })).toThrow('METRICS_PORT must not be the same as PORT, 3000');
});

it('a port that browsers refuse is refused for every HTTP server', async () => {
  for (const name of ['PORT', 'LOCAL_AWS_PORT', 'METRICS_PORT'])
    expect(() => readSettings({ [name]: '6000' })).toThrow(`${name} must not be 6000: browsers and fetch refuse`);
  expect(readSettings({ LOCAL_SMTP_PORT: '587' }).smtpPort).toBe(587);
  for (const port of BAD_PORTS) {
    const cause = expect.objectContaining({ message: 'bad port' });
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({ cause });
  }
});

describe('a child', () => {
  const lines: string[] = [];
  const pids: number[] = [];
  let child: Child | undefined;
  let log: ReturnType<typeof openLogFile>;
  beforeEach(() => {
    lines.length = 0;
    pids.length = 0;
    log = openLogFile(join(directory.path, 'aws.log'));
  });
  afterEach(async () => {
    await child?.stop(1_000);
    log.close();
  });

  const start = (port = 0): Child => {
    const env = { ...process.env, LOCAL_AWS_PORT: String(port), DATA_DIR: directory.path };
    const say = (line: string): void => void lines.push(line);
    child = keepAlive({ name: 'local AWS', entry: 'aws-child.ts', env, log, say, onSpawn: (pid) => pids.push(pid) });
    return child;
  };
  const isAlive = (pid: number): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };

  it('that is killed is started again on the same port, with a line; one that is stopped is not', async () => {
    const port = await freePort();
    expect(await start(port).ready).toEqual({ port });
    process.kill(pids[0] ?? 0, 'SIGKILL');
    await vi.waitFor(() => expect(lines).toContain('local AWS is back'), { timeout: 30_000 });
    expect(lines[0]).toBe('local AWS was ended by SIGKILL; starting it again');
    expect((await fetch(`http://127.0.0.1:${port}/_local/health`)).status).toBe(200);

    await child?.stop(5_000);
    expect(pids).toHaveLength(2);
    expect(isAlive(pids[1] ?? 0)).toBe(false);
  });

  it('whose port is in use says which and why', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    await expect(start(port).ready).rejects.toThrow(
      `The local AWS could not start: port ${port} is in use by another program`,
    );
    taken.close();
  });

  it('ends when its supervisor is killed', async () => {
    const module = new URL('./child.ts', import.meta.url).href;
    const env = JSON.stringify({ ...process.env, LOCAL_AWS_PORT: '0', DATA_DIR: directory.path });
    const script = `const { keepAlive } = await import('${module}');
      let pid; const child = keepAlive({ name: 'aws', entry: 'aws-child.ts', env: ${env}, log: undefined, say() {}, onSpawn(p) { pid = p; } });
      await child.ready; console.log(pid);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const pid = Number(String((await once(parent.stdout, 'data'))[0]));
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 30_000 });
  });
});

it('the children use this stack, whatever AWS the shell is set up for', () => {
  const shell = {
    DATA_DIR: directory.path,
    AWS_PROFILE: 'work',
    AWS_ENDPOINT_URL: 'https://elsewhere.test',
    AWS_ENDPOINT_URL_SQS: 'https://elsewhere.test',
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true',
    RETRY_SCHEDULE: '0,1',
  };
  const { AWS_ENDPOINT_URL, RETRY_SCHEDULE, ...env } = childEnvironment(shell, readSettings(shell));
  expect({ AWS_ENDPOINT_URL, RETRY_SCHEDULE }).toEqual({
    AWS_ENDPOINT_URL: 'http://127.0.0.1:4566',
    RETRY_SCHEDULE: '0,1',
  });
  expect(Object.keys(env).filter((name) => /PROFILE|ENDPOINT/.test(name))).toEqual([]);
});
