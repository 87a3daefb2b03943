/** What a deployed service must do for its callers: each step says what it saw, or throws what is wrong. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Client } from '../kit/client.ts';
import { expectProblem, expectStatus, expectThat } from '../kit/expect.ts';

export interface Context {
  client: Client;
  hasKey: boolean;
  /** What an earlier step left for a later one. */
  event?: Row;
  notification?: Row;
  /** Created and not canceled yet. */
  open: Set<string>;
}

export interface Row {
  id: string;
  status: string;
  send_at: string;
  created_at: string;
  version: number;
}

export interface Step {
  name: string;
  /** What an earlier step must have left; without it this one is not run. */
  needs?: 'event' | 'notification';
  run(context: Context): Promise<string>;
}

const EVENTS = '/api/v1/events/';
const NOTIFICATIONS = '/api/v1/notifications/';
const DAY_MS = 86_400_000;
/** A list may be behind what was just written (an index on AWS is). */
const LIST_TRIES = 10;
const LIST_EVERY_MS = 300;

const hasId = (answer: Answer<unknown>): void => {
  const id = (answer.body as Partial<Row> | undefined)?.id;
  expectThat(typeof id === 'string' && id !== '', 'the body has no id', answer);
};

/**
 * As Python's `(now + timedelta(days=days)).isoformat()` writes it; now by the service, whose clock
 * may be a virtual one.
 */
const isoformat = ({ event }: Context, days: number): string => {
  const now = event?.created_at === undefined ? Date.now() : Date.parse(event.created_at);
  return new Date(now + days * DAY_MS).toISOString().replace(/Z$/, '457+00:00');
};

const signup = (context: Context) => ({
  notification_type: 'user.signup',
  entity_id: 'user-123',
  target_date: isoformat(context, 10),
  lead_time_days: 7,
  email: 'user@example.com',
  phone: '9999912345',
});

const health: Step = {
  name: 'health',
  run: async ({ client }) => {
    const answer = await client.call<{
      status: string;
      version: string;
      dependencies: Record<string, { status: string; latency_ms: number }>;
    }>('GET', '/health');
    if (answer.status !== 503) expectStatus(answer, 200);
    const { status, version, dependencies } = answer.body ?? {};
    expectThat(typeof dependencies === 'object', 'this is not the health of the service', answer);
    const parts = Object.entries(dependencies).map(([name, part]) => `${name} ${part.status} ${part.latency_ms} ms`);
    expectThat(answer.status === 200 && status === 'ok', `the service says it is ${status}: ${parts.join(', ')}`);
    return `${status}, version ${version}; ${parts.join(', ')}`;
  },
};

const live: Step = {
  name: 'liveness',
  run: async ({ client }) => {
    const answer = await client.call('GET', '/health/live');
    expectStatus(answer, 200);
    return 'alive';
  },
};

const docs: Step = {
  name: 'documentation',
  run: async ({ client }) => {
    const page = await client.call('GET', '/docs');
    expectStatus(page, 200);
    expectThat(page.headers.get('content-type')?.startsWith('text/html') === true, '/docs is no page', page);
    const files = [...page.text.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path ?? '');
    for (const file of files) expectStatus(await client.call('GET', file), 200);
    return `/docs with its ${files.length} files`;
  },
};

const openapi: Step = {
  name: 'openapi',
  run: async ({ client }) => {
    const answer = await client.call<{ openapi?: string; paths?: object }>('GET', '/openapi.json');
    expectStatus(answer, 200);
    expectThat(answer.body?.openapi?.startsWith('3.1') === true, 'it is no OpenAPI 3.1 document', answer);
    return `OpenAPI ${answer.body.openapi}, ${Object.keys(answer.body.paths ?? {}).length} paths`;
  },
};

const publish: Step = {
  name: 'publish an event',
  run: async (context) => {
    const body = { type: 'user.signup', payload: { user_id: 123, info: 'Test user' } };
    const answer = await context.client.call<Row>('POST', EVENTS, body);
    expectStatus(answer, 201);
    hasId(answer);
    context.event = answer.body;
    return `201 ${answer.body.id}, ${answer.body.status}`;
  },
};

const list: Step = {
  name: 'list events',
  needs: 'event',
  run: async ({ client, event }) => {
    for (let tries = 1; ; tries += 1) {
      const answer = await client.call<Row[]>('GET', `${EVENTS}?limit=10`);
      expectStatus(answer, 200);
      expectThat(Array.isArray(answer.body), 'the body is no array', answer);
      expectThat(answer.body.length <= 10, `${answer.body.length} events where 10 were asked for`);
      // Others may publish faster than this looks: then a full page without ours proves as much.
      const isThere = answer.body.some(({ id }) => id === event?.id);
      if (isThere || answer.body.length === 10)
        return `${answer.body.length}, ${isThere ? 'ours among them' : 'all newer'}`;
      expectThat(tries < LIST_TRIES, `${event?.id} is not in the list`, answer);
      await sleep(LIST_EVERY_MS);
    }
  },
};

const create: Step = {
  name: 'create a notification',
  run: async (context) => {
    const given = signup(context);
    const answer = await context.client.call<Row>('POST', NOTIFICATIONS, given);
    expectStatus(answer, 201);
    hasId(answer);
    context.open.add(answer.body.id);
    context.notification = answer.body;
    // Rounded up to the millisecond.
    const due = Math.floor(Date.parse(given.target_date)) + 1 - 7 * DAY_MS;
    expectThat(Date.parse(answer.body.send_at) === due, `send_at is not 7 days before ${given.target_date}`, answer);
    return `201 ${answer.body.id}, due ${answer.body.send_at}`;
  },
};

const read: Step = {
  name: 'read it',
  needs: 'notification',
  run: async ({ client, notification }) => {
    const answer = await client.call<Row>('GET', `${NOTIFICATIONS}${notification?.id}`);
    expectStatus(answer, 200);
    expectThat(answer.body?.id === notification?.id, 'it is another one', answer);
    expectThat(['PENDING', 'SCHEDULED'].includes(answer.body.status), `it is ${answer.body.status}`, answer);
    return `${answer.body.status}, version ${answer.body.version}`;
  },
};

const reschedule: Step = {
  name: 'reschedule it',
  needs: 'notification',
  run: async ({ client, notification }) => {
    const answer = await client.call<Row>('PATCH', `${NOTIFICATIONS}${notification?.id}`, { lead_time_days: 5 });
    expectStatus(answer, 200);
    const movedMs = Date.parse(answer.body?.send_at) - Date.parse(notification?.send_at ?? '');
    expectThat(movedMs === 2 * DAY_MS, 'send_at did not move by 2 days', answer);
    return `due ${answer.body.send_at}, version ${answer.body.version}`;
  },
};

const cancel: Step = {
  name: 'cancel it',
  needs: 'notification',
  run: async ({ client, notification, open }) => {
    const path = `${NOTIFICATIONS}${notification?.id}`;
    const answers = [await client.call<Row>('DELETE', path), await client.call<Row>('DELETE', path)];
    for (const answer of answers) {
      expectStatus(answer, 200);
      expectThat(answer.body?.status === 'CANCELED', `it is ${answer.body?.status}, not CANCELED`, answer);
    }
    open.delete(notification?.id ?? '');
    return 'CANCELED, and the same again when repeated';
  },
};

const repeat: Step = {
  name: 'repeat a create',
  run: async (context) => {
    const { client, open } = context;
    const [body, headers] = [signup(context), { 'idempotency-key': `smoke-${randomUUID()}` }];
    const first = await client.call<Row>('POST', NOTIFICATIONS, body, { headers });
    expectStatus(first, 201);
    hasId(first);
    open.add(first.body.id);
    const again = await client.call<Row>('POST', NOTIFICATIONS, body, { headers });
    expectStatus(again, 201);
    if (again.body?.id) open.add(again.body.id);
    expectThat(again.body?.id === first.body.id, 'the same Idempotency-Key made a second notification', again);
    expectThat(again.headers.get('idempotent-replayed') === 'true', 'no Idempotent-Replayed: true on the repetition');
    return `one notification, ${first.body.id}`;
  },
};

const problem: Step = {
  name: 'errors',
  run: async ({ client }) => {
    expectProblem(await client.call('POST', NOTIFICATIONS, { notification_type: 'custom' }), 400, 'validation-failed');
    expectProblem(await client.call('GET', `${NOTIFICATIONS}ntf_${'0'.repeat(26)}`), 404, 'not-found');
    expectProblem(await client.call('GET', '/nowhere'), 404, 'not-found');
    return 'validation-failed and not-found, as problem documents';
  },
};

const authentication: Step = {
  name: 'authentication',
  run: async ({ client, hasKey }) => {
    const path = `${EVENTS}?limit=1`;
    const answer = await client.call('GET', path, undefined, { authorized: false });
    if (hasKey) {
      expectThat(answer.status !== 200, 'it is open: the service answers without the key');
      expectProblem(answer, 401, 'unauthorized');
      return 'closed: 401 without the key';
    }
    expectStatus(answer, 200);
    return 'open to every caller that reaches it';
  },
};

export const steps: readonly Step[] = [
  health,
  live,
  openapi,
  docs,
  authentication,
  publish,
  list,
  create,
  read,
  reschedule,
  cancel,
  repeat,
  problem,
];

/** Cancels what the steps left open; answers what it could not. */
export const cleanUp = async ({ client, open }: Context): Promise<string[]> => {
  const left: string[] = [];
  for (const id of open) {
    const status = await client
      .call('DELETE', `${NOTIFICATIONS}${id}`)
      .then((answer) => answer.status)
      .catch(() => 0);
    if (status !== 200) left.push(id);
  }
  return left;
};
