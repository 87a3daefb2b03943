/** Ways of breaking the contract, one each: the suite must report every one of them. */
import type { Call, Reply, Sabotage } from './saboteur.testing.ts';

const json = (reply: Reply): Record<string, unknown> => JSON.parse(reply.body) as Record<string, unknown>;
const changed = (reply: Reply, more: Record<string, unknown>): Reply => ({
  ...reply,
  body: JSON.stringify({ ...json(reply), ...more }),
});
const without = (headers: Record<string, string>, name: string): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name));
const twice = (rows: unknown[]): unknown[] => rows.map((row, at) => (at === 1 ? rows[0] : row));
const isCreate = ({ method, path }: Call): boolean => method === 'POST' && path === '/api/v1/notifications/';
const webhookOf = ({ body }: Call): string | undefined => (JSON.parse(body) as { webhook_url?: string }).webhook_url;

/** Every webhook comes by way of this proxy. */
const through =
  (onWebhook: Sabotage): Sabotage =>
  async (call, ask) => {
    if (call.path.startsWith('/to/')) return onWebhook(call, ask);
    const url = isCreate(call) ? webhookOf(call) : undefined;
    if (!url) return ask(call);
    const webhook_url = `http://${call.headers.host}/to/${encodeURIComponent(url)}`;
    return ask({ ...call, body: JSON.stringify({ ...JSON.parse(call.body), webhook_url }) });
  };
/** Every number becomes a double on its way. */
const rounding: Sabotage = (call, ask) =>
  ask(call.body.startsWith('{') ? { ...call, body: JSON.stringify(JSON.parse(call.body)) } : call);
const seen = new Set<string>();

/** How the contract is broken, the check that must say so, and a word of what it says. */
export const violations: [name: string, only: string, says: RegExp, sabotage: Sabotage][] = [
  [
    'a batch that leaves an item without its answer',
    'each item answered in its place',
    /400/,
    async (call, ask) => {
      if (!call.path.endsWith('/notifications/batch')) return ask(call);
      const reply = await ask(call);
      const { results } = json(reply) as { results: { status: number }[] };
      return changed(reply, { results: results.filter(({ status }) => status < 400) });
    },
  ],
  [
    'another welcome',
    'GET / welcomes',
    /Welcome/,
    async (call, ask) => (call.path === '/' ? changed(await ask(call), { message: 'Hi' }) : ask(call)),
  ],
  [
    'a health that tells more',
    'health says how',
    /region/,
    async (call, ask) =>
      call.path.startsWith('/health') ? changed(await ask(call), { region: 'eu-west-1' }) : ask(call),
  ],
  [
    'no trailing slash',
    '/api/v1/dead-letters answers',
    /dead-letters\//,
    async (call, ask) => ask(call.path === '/api/v1/dead-letters/' ? { ...call, path: '/nowhere' } : call),
  ],
  [
    'a 405 without Allow',
    '/health/live answers',
    /Allow/,
    async (call, ask) => {
      const reply = await ask(call);
      return reply.status === 405 ? { ...reply, headers: without(reply.headers, 'allow') } : reply;
    },
  ],
  [
    'an error in a format of its own',
    'an unknown path',
    /content-type/,
    async (call, ask) => {
      const reply = await ask(call);
      return reply.status === 404 ? { ...reply, headers: { 'content-type': 'application/json' } } : reply;
    },
  ],
  [
    'an error that tells of the inside',
    'a query that breaks',
    /internals/,
    async (call, ask) => {
      const reply = await ask(call);
      return reply.status === 400 ? changed(reply, { detail: 'ValidationException at table.ts:12:3' }) : reply;
    },
  ],
  [
    'a route that the document does not know',
    '/openapi.json is',
    /\/stop/,
    async (call, ask) => {
      const reply = await ask(call);
      if (call.path !== '/openapi.json') return reply;
      const { '/api/v1/notifications/{id}/stop': _, ...paths } = json(reply).paths as Record<string, unknown>;
      return changed(reply, { paths });
    },
  ],
  [
    'an answer that is not as documented',
    'read back, and PROCESSED',
    /created_at must be string/,
    async (call, ask) => {
      const reply = await ask(call);
      return call.method === 'GET' && call.path.includes('/evt_') ? changed(reply, { created_at: 7 }) : reply;
    },
  ],
  ['an API without authentication', 'without a key', /unauthorized|401/, (call, ask) => ask(call)],
  [
    'an Idempotency-Key that is not looked at',
    'at once with one key are one notification',
    /./,
    (call, ask) => ask({ ...call, headers: without(call.headers, 'idempotency-key') }),
  ],
  [
    'a repetition that does not say so',
    'Idempotency-Key and body: 201',
    /null/,
    async (call, ask) => {
      const reply = await ask(call);
      return { ...reply, headers: without(reply.headers, 'idempotent-replayed') };
    },
  ],
  [
    'an If-Match that is not looked at',
    'if-match: 200',
    /412/,
    (call, ask) => ask({ ...call, headers: without(call.headers, 'if-match') }),
  ],
  [
    'a time an hour off',
    'times: zones',
    /midnight/,
    async (call, ask) => {
      const reply = await ask(call);
      if (!isCreate(call) || reply.status !== 201) return reply;
      return changed(reply, { send_at: new Date(Date.parse(String(json(reply).send_at)) + 3_600_000).toISOString() });
    },
  ],
  [
    'an unknown field that is taken',
    'a notification that breaks a rule',
    /colour.*201/,
    (call, ask) => {
      if (!isCreate(call)) return ask(call);
      const { colour: _, ...rest } = JSON.parse(call.body) as Record<string, unknown>;
      return ask({ ...call, body: JSON.stringify(rest) });
    },
  ],
  [
    'a 5xx for bad input',
    'an event that breaks a rule',
    /500 instead of 400/,
    async (call, ask) => {
      const reply = await ask(call);
      return reply.status === 400 ? { ...reply, status: 500 } : reply;
    },
  ],
  ['a number that loses its last digit', 'digits of every number come back', /not as given/, rounding],
  [
    'a number that is delivered without its last digit',
    'digits of a number reach',
    /the data is not as given/,
    rounding,
  ],
  [
    'a list that has one row twice and hides another',
    'events: by source',
    /source=/,
    async (call, ask) => {
      const reply = await ask(call);
      const isList = call.method === 'GET' && call.path.startsWith('/api/v1/events/?');
      return isList ? { ...reply, body: JSON.stringify(twice(JSON.parse(reply.body) as unknown[])) } : reply;
    },
  ],
  [
    'a cancel that is not one',
    'canceled before its due time',
    /arrived/,
    async (call, ask) => {
      if (call.method !== 'DELETE') return ask(call);
      return changed(await ask({ ...call, method: 'GET' }), { status: 'CANCELED' });
    },
  ],
  [
    'a schedule that does not say what became of its planned occurrence',
    'changes say what became',
    /pending|outcome/,
    async (call, ask) => {
      const reply = await ask(call);
      if (call.method !== 'PATCH' || !call.path.includes('/sch_')) return reply;
      const { pending: _, ...rest } = json(reply);
      return { ...reply, body: JSON.stringify(rest) };
    },
  ],
  [
    'a 409 that does not say the state',
    'states: canceled',
    /the state that it tells/,
    async (call, ask) => {
      const reply = await ask(call);
      if (reply.status !== 409) return reply;
      const { notification_status: _, ...rest } = json(reply);
      return { ...reply, body: JSON.stringify(rest) };
    },
  ],
  [
    'a webhook that comes twice',
    'due in 3 s',
    /more than once/,
    through(async (call, ask) => {
      await ask(call);
      return ask(call);
    }),
  ],
  [
    'a webhook that comes early',
    'due in 3 s',
    /before it was due|more than once/,
    async (call, ask) => {
      const reply = await ask(call);
      const url = isCreate(call) && reply.status === 201 ? webhookOf(call) : undefined;
      if (url?.includes('/cf-')) {
        const headers = { 'webhook-id': String(json(reply).id), 'content-type': 'application/json' };
        await fetch(url, { method: 'POST', headers, body: '{}' });
      }
      return reply;
    },
  ],
  [
    'a webhook that is lost',
    'due in 3 s',
    /nothing arrived/,
    through(async () => ({ status: 200, headers: {}, body: '' })),
  ],
  [
    'a signature that does not fit',
    'webhooks verify',
    /does not verify/,
    through((call, ask) =>
      ask({
        ...call,
        headers: { ...call.headers, 'webhook-timestamp': `${Number(call.headers['webhook-timestamp']) - 1}` },
      }),
    ),
  ],
  [
    'another body on the second attempt',
    'a receiver that fails first',
    /the body changed/,
    through((call, ask) => {
      const isSecond = seen.has(call.path);
      seen.add(call.path);
      return ask(isSecond ? { ...call, body: `${call.body} ` } : call);
    }),
  ],
  [
    'a secret that is shown again',
    'its secret is in the answer',
    /whsec_/,
    async (call, ask) => {
      const reply = await ask(call);
      const isRead = call.method === 'GET' && call.path.includes('/end_');
      return isRead ? changed(reply, { secret: `whsec_${'a'.repeat(44)}` }) : reply;
    },
  ],
  [
    'a revoked key that still opens',
    'a key that is revoked opens nothing',
    /200 instead of 401/,
    (call, ask) => ask(call),
  ],
  [
    'an erasure of another person',
    'what is open for a person',
    /deep-equal/,
    (call, ask) =>
      ask(call.path === '/api/v1/erasure' ? { ...call, body: call.body.replace('person.', 'another.') } : call),
  ],
];
