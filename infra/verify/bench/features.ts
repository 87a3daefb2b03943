/** What each feature adds to the bill of the notifications that use it: counted and priced as in bill.ts. */
import { type AwsAlone, withAws } from './aws-alone.ts';
import { advanceTo, type Component, componentOf, nowAt } from './bill-flow.ts';
import { reconcilePass } from './bill-idle.ts';
import { billTable, perMillion } from './bill-table.ts';
import { makeEventSource } from './event-source.ts';
import { type Invoked, type LambdaProcess, startLambda } from './lambda.ts';
import { postEvent } from './lambda-events.ts';
import { lambdaSecrets } from './lambda-secrets.ts';
import { waits } from './prices.ts';
import type { Row } from './row.ts';
import { tableIndexes } from './table-indexes.ts';
import { makeLedger } from './usage.ts';

const COUNT = 100;
const BATCH = 10;
const DAY_MS = 86_400_000;
const GROUP = 'campaign';
/** Calls of a batch, a bulk command and a pass that are made at once, as the code has it. */
const AT_ONCE = 8;
const NOTIFICATIONS = '/api/v1/notifications/';

interface Priced {
  what: string;
  components: Component[];
}

const bodyOf = (index: number, dueAt: number) => ({
  ...{ notification_type: 'user.signup', entity_id: `user-${index}`, email: 'user@example.com' },
  send_at: new Date(dueAt).toISOString(),
});

const post = async (lambda: LambdaProcess, path: string, body: object, status: number): Promise<Invoked> => {
  const invoked = await lambda.invoke(postEvent(path, body));
  const { statusCode, body: text } = invoked.result as { statusCode: number; body: string };
  if (statusCode !== status) throw new Error(`${path}: ${statusCode} ${text.slice(0, 300)}`);
  return invoked;
};

const eachPosted = async (lambda: LambdaProcess, path: string, bodies: object[], status: number) => {
  const invoked: Invoked[] = [];
  for (const body of bodies) invoked.push(await post(lambda, path, body, status));
  return invoked;
};

const bodies = (dueAt: number, more: object = {}) =>
  Array.from({ length: COUNT }, (_, index) => ({ ...bodyOf(index, dueAt), ...more }));

/** Of work in one invocation that makes its calls several at once. */
const waitOf = (lambda: LambdaProcess): number => {
  const { usage } = lambda.proxy;
  const { SendMessageBatch: sends = 0, ...others } = usage.calls;
  const calls = Object.values(others).reduce((total, count) => total + count, 0);
  return (calls * waits.dynamodbMs) / AT_ONCE + (sends > 0 ? waits.sqsMs : 0);
};

type Start = (file: string) => Promise<LambdaProcess>;

/** A local AWS of its own, and functions on it. */
const withLambdas = <T>(work: (aws: AwsAlone, start: Start) => Promise<T>): Promise<T> =>
  withAws(async (aws) => {
    const { url: awsUrl, dataDir } = aws;
    const options = { awsUrl, dataDir, environment: { ...aws.environment, ...lambdaSecrets } };
    const ledger = makeLedger(tableIndexes());
    const started: LambdaProcess[] = [];
    try {
      return await work(aws, async (file) => {
        const lambda = await startLambda({ file: `functions/${file}`, ...options, ledger });
        started.push(lambda);
        return lambda;
      });
    } finally {
      for (const lambda of started) await lambda.close();
    }
  });

const notifications = (say: (line: string) => void): Promise<Priced[]> =>
  withLambdas(async (aws, start) => {
    const create = await start('notifications/create.ts');
    const now = await nowAt(aws.url);
    const dueAt = now + 10 * DAY_MS;
    await eachPosted(create, NOTIFICATIONS, bodies(dueAt), 201); // loads and compiles
    const single = async (what: string, more: object): Promise<Priced> => {
      say(what);
      create.proxy.reset();
      create.takeLog();
      const invoked = await eachPosted(create, NOTIFICATIONS, bodies(dueAt, more), 201);
      const waitMsEach = waits.dynamodbMs + waits.sqsMs;
      return { what, components: [componentOf(what, create, invoked, { waitMsEach, isRoute: true })] };
    };
    /** One invocation of a route that works on `COUNT` of them. */
    const many = async (what: string, file: string, path: string, body: object, status: number): Promise<Priced> => {
      say(what);
      const lambda = await start(file);
      const invoked = [await post(lambda, path, body, status)];
      const waitMsEach = waitOf(lambda);
      return { what, components: [componentOf(what, lambda, invoked, { waitMsEach, isRoute: true })] };
    };

    const window = { from: '09:00', until: '18:00', days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] };
    return [
      await single('create', {}),
      await single('create, with a window and an expiry', { window, expires_after: 'P2D' }),
      await single('create, in a group', { group: GROUP }),
      await many(
        `create, ${COUNT} in a batch`,
        'notifications/create-batch.ts',
        `${NOTIFICATIONS}batch`,
        { items: bodies(dueAt) },
        200,
      ),
      await many(
        'bulk reschedule, one member',
        'notifications/bulk-reschedule.ts',
        `${NOTIFICATIONS}reschedule`,
        { group: GROUP, send_at: new Date(dueAt + DAY_MS).toISOString(), if_past: 'send' },
        202,
      ),
      await many(
        'bulk cancel, one member',
        'notifications/bulk-cancel.ts',
        `${NOTIFICATIONS}cancel`,
        { group: GROUP },
        202,
      ),
      await missedWindow(aws, start, create, say),
    ];
  });

/** Their window has closed before the worker comes to them: each waits for the next one. */
const missedWindow = async (
  { url, environment }: AwsAlone,
  start: Start,
  create: LambdaProcess,
  say: (line: string) => void,
): Promise<Priced> => {
  const what = 'a window that has closed before the delivery';
  say(what);
  const dueAt = (await nowAt(url)) + 600_000;
  const time = (at: number) => new Date(at).toISOString().slice(11, 16);
  const window = { from: time(dueAt - 3_600_000), until: time(dueAt + 1_800_000) };
  await eachPosted(create, NOTIFICATIONS, bodies(dueAt, { window }), 201);
  await advanceTo(url, dueAt + 3_600_000);
  const deliver = await start('notifications/deliver.ts');
  const source = makeEventSource(url, environment.DELIVERY_QUEUE_URL ?? '', deliver);
  try {
    const { invoked, calls } = await source.drain(COUNT, BATCH);
    const waitMsEach = 2 * waits.dynamodbMs + waits.sqsMs;
    return { what, components: [componentOf(what, deliver, invoked, { waitMsEach, calls })] };
  } finally {
    source.close();
  }
};

/** Each of as many schedules has its next occurrence planned. */
const occurrences = (say: (line: string) => void): Promise<Priced> =>
  withLambdas(async ({ url }, start) => {
    const what = 'an occurrence of a schedule, planned and created';
    say(what);
    const create = await start('schedules/create.ts');
    const { send_at: _, ...notification } = bodyOf(0, 0);
    const cron = '0 9 * * *';
    await eachPosted(create, '/api/v1/schedules/', Array(COUNT).fill({ cron, notification }), 201);
    const reconcile = await start('notifications/reconcile.ts');
    const now = await nowAt(url);
    const plannedAt = now - (now % DAY_MS) + DAY_MS + 9 * 3_600_000;
    // The first occurrences, which nothing delivers here, wait for the reconciler too: they are not counted.
    await advanceTo(url, plannedAt - 30_000);
    await reconcile.invoke(reconcilePass());
    reconcile.proxy.reset();
    reconcile.takeLog();
    await advanceTo(url, plannedAt + 1_000);
    const invoked = [await reconcile.invoke(reconcilePass())];
    return { what, components: [componentOf(what, reconcile, invoked, { waitMsEach: waitOf(reconcile) })] };
  });

export const features: Row = async ({ say }) => {
  const priced = [...(await notifications(say)), await occurrences(say)];
  const dollars = ({ components }: Priced): string => `$${perMillion(components, COUNT).toFixed(2)}`;
  return {
    figures: priced.map((one) => ({ what: `bill per million: ${one.what}`, goal: 'stated', measured: dollars(one) })),
    notes: [
      `As under bill, with ${COUNT} of each; what a batch, a bulk command or a pass does at once counts as ${AT_ONCE} calls at a time. Of an occurrence the delivery comes to it, as of every notification.`,
      billTable(
        priced.flatMap(({ components }) => components),
        COUNT,
      ),
    ],
  };
};
