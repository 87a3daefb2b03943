/**
 * Data that the first release of each format has stored, opened by this one on the day it was made.
 * A change that fails here would fail for people who upgrade: read the old form too, or raise the
 * format and say in infra/README.md, *Upgrading*, what to do.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AttributeValue, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startStack } from '../../../localstack/testing/stack.ts';
import { clientsFor, temporaryDirectory } from '../../../localstack/testing/temporary-directory.ts';
import { DAY_MS, startTestStack, type TestStack } from '../kit/test-stack.ts';
import { until } from '../kit/until.ts';
import { type Caller, callerOf } from './auth-callers.ts';
import { ENV, type Expected, TABLE } from './stored/expected.ts';

const file = (name: string): string => fileURLToPath(new URL(`./stored/${name}`, import.meta.url));
const expected = JSON.parse(readFileSync(file('format-1.json'), 'utf8')) as Expected;
const people = Object.entries(expected.people) as [string, Record<string, string>][];
const NOTIFICATIONS = '/api/v1/notifications/';

const unpack = (dataDir: string): void => {
  const { status, stderr } = spawnSync('tar', ['-xzf', file('format-1.tar.gz'), '-C', dataDir], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`tar: ${stderr}`);
  // It is still the day on which it was stored: nothing has expired, and what was ahead is ahead.
  const offset = expected.at - Date.now();
  writeFileSync(join(dataDir, 'clock'), new Float64Array([offset, 0, offset]));
};

let stack: TestStack;
let admin: Caller;
let future: Record<string, AttributeValue>;

const stored = async (id: string): Promise<Record<string, AttributeValue>> => {
  const { dynamodb } = clientsFor(stack.processes.awsUrl);
  const { Item = {} } = await dynamodb.send(new GetItemCommand({ TableName: TABLE, Key: { id: { S: id } } }));
  dynamodb.destroy();
  return Item;
};
beforeAll(async () => {
  // Not the kit's secret, but the one that is kept there.
  const env = { ...ENV, AUTH_MODE: 'api-key', FIELD_KEYS: expected.fieldKeys, WEBHOOK_SECRETS: '' };
  stack = await startTestStack({
    env,
    prepare: (dataDir) => {
      unpack(dataDir);
      return {};
    },
  });
  admin = callerOf(stack, expected.token);
  future = await stored('fut_1');
});
afterAll(() => stack?.close());

const read = async (id = '') =>
  (await admin.api<{ status: string; channels: object }>('GET', `${NOTIFICATIONS}${id}`)).body;
const untilIs = (id: string, status: string) =>
  until(`${id} is ${status}`, async () => (await read(id)).status === status, { deadlineMs: 60_000 });

describe('what was stored in format 1', () => {
  test.each(Object.keys(expected.views))('GET %s answers what it did', async (path) => {
    const { status, body } = await admin.api<unknown>('GET', `/api/v1/${path}`);
    expect(status).toBe(200);
    const view = expected.views[path];
    if (!Array.isArray(view)) return expect(body).toMatchObject(view as object);
    // What was in flight when the process was killed is in no view.
    const others = (body as { id?: string; key_id?: string }[]).filter(({ id }) => id !== expected.sending);
    expect(others).toMatchObject(view);
    expect(others).toHaveLength(view.length);
  });

  // An attribute that this release does not know is no obstacle: these have one, and so have those
  // that are due.
  test.each(people)('%s: what is ahead can be canceled', async (_, { cancelable = '' }) => {
    const { status, body } = await admin.api('DELETE', `${NOTIFICATIONS}${cancelable}`);
    expect([status, body.status]).toEqual([200, 'CANCELED']);
  });

  test.each(people)('%s: an endpoint signs with the secret that it was given', async (_, { endpoint, secret = '' }) => {
    const path = `/api/v1/endpoints/${endpoint}`;
    const url = stack.receiver.url(`/${endpoint}`);
    expect((await admin.api('PATCH', path, { url })).status).toBe(200);
    expect((await admin.api('POST', `${path}/test`)).body).toMatchObject({ outcome: 'sent' });
    const [received] = stack.receiver.received(`/${endpoint}`);
    expect(new Webhook(secret).verify(received?.text ?? '', received?.headers as never)).toBeTruthy();
    expect(received?.headers['x-person']).toBeTruthy();
  });

  test('what is due is delivered, with what was encrypted', async () => {
    await stack.advance('P10DT1H');
    for (const [person, { due = '', byEndpoint = '', endpoint }] of people) {
      await untilIs(due, 'SENT');
      await untilIs(byEndpoint, 'SENT');
      const mail = (await stack.processes.inbox()).find(
        (one) => one.notification_id === due && one.channel === 'email',
      );
      expect(mail).toMatchObject({ to: `${person}@example.com`, subject: `Hello ${person}`, body: `${person}!` });
      expect(stack.receiver.received(`/${endpoint}`).map(({ id }) => id)).toContain(byEndpoint);
    }
  });

  test('what is new of a group is listed beside what was stored before there were groups', async () => {
    const made = await admin.api('POST', NOTIFICATIONS, {
      ...{ notification_type: 'user.signup', entity_id: 'new-1', group: 'order-1' },
      ...{ send_at: new Date(expected.at + 30 * DAY_MS).toISOString(), email: 'new@example.com' },
    });
    const listed = await admin.api<{ id: string }[]>('GET', `${NOTIFICATIONS}?group=order-1`);
    expect([made.status, listed.body.map(({ id }) => id)]).toEqual([201, [made.body.id]]);
  });

  test('what was in flight when the process was killed is taken up again', async () => {
    await until('its attempt is over', async () => (await read(expected.sending)).status !== 'SENDING', {
      deadlineMs: 60_000,
    });
  });

  test('an item of a kind that this release does not know stays as it is', async () => {
    expect(Object.keys(future)).toEqual(['id', 'M', 'SS']);
    expect(await stored('fut_1')).toEqual(future);
  });

  test('it is marked as opened by this release, in the folder and in the table', async () => {
    expect(JSON.parse(readFileSync(join(stack.dataDir, 'version.json'), 'utf8'))).toMatchObject({ format: 1 });
    await until('the reconciler has marked it', async () => (await stored('meta_format')).format?.N === '1');
  });
});

test('a table that a newer release has stored ends the start with what to do', async () => {
  const directory = temporaryDirectory();
  const first = await startStack({ dataDir: directory.path });
  const { dynamodb } = clientsFor(first.awsUrl);
  const Item = { id: { S: 'meta_format' }, format: { N: '2' }, release: { S: '9.0.0' } };
  await dynamodb.send(new PutItemCommand({ TableName: TABLE, Item }));
  dynamodb.destroy();
  await first.stop();
  await expect(startStack({ dataDir: directory.path })).rejects.toThrow(
    /ended with 1:[\s\S]*is of a newer release\. Release 9\.0\.0 has stored it in format 2/,
  );
  rmSync(directory.path, { recursive: true });
});
