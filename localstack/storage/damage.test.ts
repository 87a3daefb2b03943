/**
 * Each file of a data directory, emptied, cut short or overwritten: the start ends with one line.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isStartError } from '../../lib/platform/start-error.ts';
import { startAwsServer } from '../server.ts';
import { lockDirectory } from '../supervisor/lock.ts';
import { keptSecrets } from '../supervisor/secrets.ts';
import { freePort, startAws } from '../testing/stack.ts';
import { clientsFor, temporaryDirectory } from '../testing/temporary-directory.ts';
import { openDataDirectory } from './data-format.ts';

const folder = temporaryDirectory();
const intact = join(folder.path, 'intact');
const dataDir = join(folder.path, 'data');

/** Opened twice, as LevelDB moves its log into tables at the second start. */
beforeAll(async () => {
  const first = await startAws({ dataDir: intact });
  const { dynamodb, sqs, config } = clientsFor(first.endpoint);
  for (let n = 0; n < 50; n += 1)
    await dynamodb.send(
      new PutItemCommand({ TableName: first.environment.TABLE_NAME, Item: { id: { S: `item-${n}` }, n: { N: '1' } } }),
    );
  await sqs.send(new SendMessageCommand({ QueueUrl: first.environment.EVENT_QUEUE_URL, MessageBody: 'kept' }));
  await new KMSClient(config).send(new CreateKeyCommand({ Description: 'fields' }));
  await fetch(`${first.endpoint}/_local/inbox/webhook`, { method: 'POST', body: '{}' });
  await first.advance('P1D');
  await first.close();
  await (await startAws({ dataDir: intact })).close();
  keptSecrets(intact);
  (await lockDirectory(intact)).release();
});
beforeEach(() => {
  rmSync(dataDir, { recursive: true, force: true });
  cpSync(intact, dataDir, { recursive: true });
});
afterAll(folder.remove);

type Damage = (path: string) => void;
const emptied: Damage = (path) => truncateSync(path, 0);
const cut: Damage = (path) => truncateSync(path, Math.floor(readFileSync(path).length / 2));
const overwritten: Damage = (path) => writeFileSync(path, '\u0007 this is not what was written here '.repeat(30));
const removed: Damage = (path) => rmSync(path);

const start = () => startAwsServer({ port: 0, dataDir, region: 'us-east-1' });

/** The message that ends the start. Fails if the start succeeds, or ends with a stack trace. */
const refusal = async (open: () => unknown): Promise<string> => {
  const error: unknown = await Promise.resolve()
    .then(open)
    .then(
      () => new Error('it started'),
      (reason) => reason,
    );
  if (!isStartError(error)) throw error;
  expect(error.exitCode).toBe(1);
  expect(error.message).not.toContain('\n');
  return error.message;
};

const remedy = /\. Restore it from a copy, or remove it: .+\.$/;

describe.each(['kms.json', 'clock', 'fauxqs.db', 'scheduler.sqlite', 'inbox.db', 'time-to-live.json', 'version.json'])(
  '%s',
  (name) => {
    it.each(Object.entries({ emptied, cut, overwritten }))(
      'ends the start with a remedy when it is %s',
      async (_, damage) => {
        const path = join(dataDir, name);
        damage(path);
        const before = readFileSync(path);
        const message = await refusal(start);
        expect(message.startsWith(`${path} `)).toBe(true);
        expect(message).toMatch(remedy);
        expect(readFileSync(path)).toEqual(before);
        // The remedy helps.
        rmSync(path);
        await (await start()).close();
      },
    );
  },
);

describe('the folder of DynamoDB', () => {
  const file = (pattern: RegExp): string => {
    const name = readdirSync(join(dataDir, 'dynamodb')).find((one) => pattern.test(one));
    if (!name) throw new Error(`There is no ${pattern}`);
    return join(dataDir, 'dynamodb', name);
  };

  it.each([
    ['CURRENT', /^CURRENT$/, { emptied, overwritten, removed }],
    ['its manifest', /^MANIFEST/, { emptied, overwritten, removed }],
    ['a table', /\.ldb$/, { emptied, cut, overwritten, removed }],
  ])('%s', async (_, pattern, damages) => {
    for (const damage of Object.values(damages)) {
      damage(file(pattern));
      const message = await refusal(start);
      expect(message.startsWith(`${join(dataDir, 'dynamodb')} `)).toBe(true);
      expect(message).toMatch(remedy);
      rmSync(dataDir, { recursive: true });
      cpSync(intact, dataDir, { recursive: true });
    }
  });

  it('ends the start when another process uses it', async () => {
    const running = await start();
    expect(await refusal(start)).toMatch(/^.+dynamodb is in use by another process: stop that first\.$/);
    await running.close();
  });
});

it.each(Object.entries({ emptied, cut, overwritten }))('secrets.json, %s', async (_, damage) => {
  const path = join(dataDir, 'secrets.json');
  damage(path);
  expect(await refusal(() => keptSecrets(dataDir))).toMatch(remedy);
});

it('lock.db ends the start when it is overwritten, and locks when it is empty', async () => {
  const path = join(dataDir, 'lock.db');
  overwritten(path);
  expect(await refusal(() => lockDirectory(dataDir))).toMatch(
    /lock\.db cannot be used \(file is not a database\)\. Restore it from a copy, or remove it: nothing is lost\.$/,
  );
  emptied(path);
  (await lockDirectory(dataDir)).release();
});

it('processes.json names the holder of the lock, and may be damaged', async () => {
  const lock = await lockDirectory(dataDir);
  writeFileSync(join(dataDir, 'processes.json'), '{"main":');
  expect(await refusal(() => lockDirectory(dataDir))).toContain('is in use by another stack');
  lock.release();
});

describe('the format of the data', () => {
  const path = join(dataDir, 'version.json');

  it('is stored with the release', () => {
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ format: 1, release: expect.stringMatching(/^\d/) });
  });

  it('ends the start when it is newer than this release, and the mark stays', async () => {
    const mark = JSON.stringify({ format: 2, release: '9.0.0' });
    writeFileSync(path, mark);
    expect(await refusal(start)).toMatch(
      /was stored by release 9\.0\.0 in format 2, and this release, \S+, knows formats up to 1\. Start release 9\.0\.0 or a later one, or set DATA_DIR/,
    );
    expect(readFileSync(path, 'utf8')).toBe(mark);
  });

  it('is 1 without a mark, in which a clock that was never advanced is an empty file', async () => {
    rmSync(path);
    emptied(join(dataDir, 'clock'));
    const aws = await start();
    expect(aws.clock.offset()).toBe(0);
    await aws.close();
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ format: 1 });
  });

  it('names the release that opened it last', () => {
    writeFileSync(path, JSON.stringify({ format: 1, release: '0.0.1' }));
    openDataDirectory(dataDir);
    expect(readFileSync(path, 'utf8')).toBe(readFileSync(join(intact, 'version.json'), 'utf8'));
  });
});

describe('a command ends with one line and exit code 1', () => {
  const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
  const run = async (entry: string, args: string[] = [], env: Record<string, string> = {}) => {
    const ports = { PORT: String(await freePort()), LOCAL_AWS_PORT: String(await freePort()) };
    const settings = { ...process.env, ...ports, DATA_DIR: dataDir, ...env };
    const { status, stdout, stderr } = spawnSync(process.execPath, [here(entry), ...args], {
      env: settings,
      encoding: 'utf8',
    });
    return { status, lines: `${stdout}${stderr}`.trimEnd().split('\n') };
  };

  it.each(['secrets.json', 'lock.db', 'version.json', 'kms.json', 'scheduler.sqlite'])(
    'npm start with a damaged %s',
    async (name) => {
      overwritten(join(dataDir, name));
      const { status, lines } = await run('../main.ts');
      expect({ status, lines }).toEqual({ status: 1, lines: [expect.stringContaining(join(dataDir, name))] });
      expect(readdirSync(dataDir)).not.toContain('processes.json');
    },
  );

  it('npm run scheduler with a damaged scheduler.sqlite', async () => {
    overwritten(join(dataDir, 'scheduler.sqlite'));
    const { status, lines } = await run('../entrypoints/scheduler.ts', [
      ...['--endpoint', 'http://127.0.0.1:9', '--port', '0', '--data-dir', dataDir],
    ]);
    expect({ status, lines }).toEqual({ status: 1, lines: [expect.stringContaining('scheduler.sqlite is damaged')] });
  });

  it('npm run provision with a damaged secrets.json', async () => {
    emptied(join(dataDir, 'secrets.json'));
    const { status, lines } = await run('../entrypoints/provision.ts', [], { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' });
    expect({ status, lines }).toEqual({ status: 1, lines: [expect.stringContaining('secrets.json is empty')] });
  });
});
