/**
 * `node infra/verify/e2e/stored/make.ts`: writes what this release stores to format-1.tar.gz (a
 * DATA_DIR after `kill -9`) and format-1.json (what the API said of it). Made once per format, by
 * the first release that has it, and never made again: it stands for the data that people have.
 */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AttributeValue, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { encrypt } from '../../../../localstack/kms/blob.ts';
import { openKeyStore } from '../../../../localstack/kms/key-store.ts';
import { type Stack, startStack } from '../../../../localstack/testing/stack.ts';
import { clientsFor, temporaryDirectory } from '../../../../localstack/testing/temporary-directory.ts';
import { request } from '../../kit/client.ts';
import { type Receiver, startReceiver } from '../../kit/receiver.ts';
import { DAY_MS } from '../../kit/test-stack.ts';
import { until } from '../../kit/until.ts';
import { ENV, type Expected, TABLE } from './expected.ts';

const target = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const directory = temporaryDirectory();
const dataDir = join(directory.path, 'data');
const receiver: Receiver = await startReceiver();
for (const [path, behaviour] of Object.entries({ '/gone': 410, '/busy': 503, '/held': 'hang' } as const))
  receiver.behave(path, behaviour);

const post = async <T = Record<string, string>>(stack: Stack, path: string, body?: unknown): Promise<T> => {
  const answer = await request<T>(`${stack.apiUrl}/api/v1/${path}`, 'POST', body);
  if (answer.status >= 300) throw new Error(`POST ${path}: ${answer.status} ${answer.text}`);
  return answer.body;
};
const get = async (stack: Stack, path: string): Promise<unknown> =>
  (await request(`${stack.apiUrl}/api/v1/${path}`, 'GET')).body;
const now = async (stack: Stack): Promise<number> =>
  Date.parse((await request<{ now: string }>(`${stack.awsUrl}/_local/clock`, 'GET')).body.now);
const untilIs = (stack: Stack, path: string, status: string) =>
  until(`${path} is ${status}`, async () => ((await get(stack, path)) as { status: string }).status === status, {
    deadlineMs: 60_000,
  });

/** One notification in each state, an event and an endpoint. */
const fill = async (stack: Stack, person: string): Promise<Record<string, string>> => {
  const at = async (days: number) => new Date((await now(stack)) + days * DAY_MS).toISOString();
  const common = {
    notification_type: 'custom',
    entity_id: `${person}-1`,
    subject: `Hello {{name}}`,
    body: '{{name}}!',
  };
  const data = { name: person, nested: { list: [1, null, { deep: 'ü' }] } };
  const make = async (to: object, days = 0) =>
    (await post(stack, 'notifications/', { ...common, data, send_at: await at(days), ...to })).id ?? '';
  const email = `${person}@example.com`;
  const endpoint = await post(stack, 'endpoints/', {
    url: receiver.url(`/${person}`),
    description: person,
    headers: { 'x-person': person },
  });
  const made = {
    due: await make({ email, phone: '+4915112345678' }, 10),
    cancelable: await make({ email }, 20),
    byEndpoint: await make({ endpoint_id: endpoint.id }, 10),
    sent: await make({ email }),
    failed: await make({ webhook_url: receiver.url('/gone') }),
    retrying: await make({ webhook_url: receiver.url('/busy') }),
    canceled: await make({ email }, 5),
    event: (await post(stack, 'events/', { type: 'user.signup', payload: { email, user_id: person } })).id ?? '',
    endpoint: endpoint.id ?? '',
    secret: endpoint.secret ?? '',
  };
  await request(`${stack.apiUrl}/api/v1/notifications/${made.canceled}`, 'DELETE');
  for (const name of ['due', 'cancelable', 'byEndpoint'] as const)
    await untilIs(stack, `notifications/${made[name]}`, 'SCHEDULED');
  for (const name of ['sent', 'failed', 'retrying'] as const)
    await untilIs(stack, `notifications/${made[name]}`, name.toUpperCase());
  await untilIs(stack, `events/${made.event}`, 'PROCESSED');
  return made;
};

/** A stack with these keys fills the folder; each time another process. */
const phase = async <T>(env: Record<string, string>, work: (stack: Stack) => Promise<T>): Promise<T> => {
  const stack = await startStack({ dataDir, env: { ...ENV, ...env } });
  const result = await work(stack);
  await stack.stop();
  return result;
};

const addJobsAndKeys = async (stack: Stack, endpointId: string): Promise<Pick<Expected, 'token' | 'jobs'>> => {
  await post(stack, 'events/', { type: 'user.signup', payload: { email: 'no address' } });
  await post(stack, 'events/', { type: 'plain.signal', payload: { n: 1.5e300 } });
  const { token = '' } = await post(stack, 'keys/', { name: 'kept', scopes: ['admin'] });
  await post(stack, 'keys/', { name: 'reader', scopes: ['events:read'] });
  const redrive = await post(stack, 'dead-letters/redrive', { endpoint_id: endpointId });
  const erasure = await post(stack, 'erasure', { email: 'absent@example.com' });
  const jobs = [`dead-letters/redrive/${redrive.job_id}`, `erasure/${erasure.job_id}`];
  for (const job of jobs) await untilIs(stack, job, 'DONE');
  return { token, jobs };
};

/**
 * What a release to come may have stored: an attribute, and an item of a kind that this one does
 * not know.
 */
const FUTURE: Record<string, AttributeValue> = {
  M: { M: { deep: { L: [{ N: '9007199254740993' }, { B: Buffer.from('bytes') }, { NULL: true }] } } },
  SS: { SS: ['a', 'b'] },
};
const addFuture = async (stack: Stack, ids: string[]): Promise<void> => {
  const { dynamodb } = clientsFor(stack.awsUrl);
  await dynamodb.send(new PutItemCommand({ TableName: TABLE, Item: { id: { S: 'fut_1' }, ...FUTURE } }));
  for (const id of ids)
    await dynamodb.send(
      new UpdateItemCommand({
        TableName: TABLE,
        Key: { id: { S: id } },
        UpdateExpression: 'SET future_attribute = :future',
        ExpressionAttributeValues: { ':future': { M: FUTURE } },
      }),
    );
  dynamodb.destroy();
};

const plain = await phase({}, (stack) => fill(stack, 'plain'));
const raw = `k0:${randomBytes(32).toString('base64')}`;
const own = await phase({ FIELD_KEYS: raw }, (stack) => fill(stack, 'own'));
const kmsKey = openKeyStore(dataDir).create('fields');
const wrapped = encrypt(kmsKey, randomBytes(32), { service: 'event-notification-service' });
const FIELD_KEYS = `k1:kms:${wrapped.toString('base64')} ${raw}`;

const stack = await startStack({ dataDir, env: { ...ENV, FIELD_KEYS } });
await request(`${stack.awsUrl}/_local/clock`, 'POST', { advance: 'PT1H' });
const kms = await fill(stack, 'kms');
const people = { plain, own, kms };
const { token, jobs } = await addJobsAndKeys(stack, kms.endpoint ?? '');
await addFuture(
  stack,
  Object.values(people).flatMap(({ due = '', cancelable = '' }) => [due, cancelable]),
);
const lists = [
  'notifications/?limit=100',
  'events/?limit=100',
  'endpoints/?limit=100',
  'dead-letters/?limit=100',
  'keys/',
];
const views = Object.fromEntries(
  await Promise.all([...lists, ...jobs].map(async (path) => [path, await get(stack, path)] as const)),
);
const held = await post(stack, 'notifications/', {
  notification_type: 'custom',
  entity_id: 'held',
  send_at: new Date(await now(stack)).toISOString(),
  webhook_url: receiver.url('/held'),
});
await until('it is in flight', () => receiver.received('/held').length > 0);
const expected: Expected = {
  at: await now(stack),
  fieldKeys: FIELD_KEYS,
  token,
  people,
  jobs,
  views,
  sending: held.id ?? '',
};
stack.kill('main', 'SIGKILL');
await until('it has ended', async () => {
  try {
    await fetch(`${stack.awsUrl}/_local/health`);
    return false;
  } catch {
    return true;
  }
});
await receiver.close();

writeFileSync(target('./format-1.json'), `${JSON.stringify(expected, null, 2)}\n`);
const left = ['*.log.1', 'service.log', 'aws.log', 'LOG', 'LOG.old', 'LOCK', 'lock.db*', 'processes.json', '*-shm'];
const { status } = spawnSync(
  'tar',
  ['-czf', target('./format-1.tar.gz'), ...left.map((name) => `--exclude=${name}`), '-C', dataDir, '.'],
  { stdio: 'inherit' },
);
directory.remove();
process.exit(status ?? 1);
