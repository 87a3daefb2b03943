/**
 * What is kept: a refusal changes nothing, and what the lists show is what was taken, no more and
 * no less.
 */
import fc from 'fast-check';
import type { Answer } from '../kit/client.ts';
import type { Operation } from './document.ts';
import { type FuzzContext, sweep } from './explore.ts';
import { MARK } from './fields.ts';
import { hostileValue, mutate, mutation, TEXTS } from './hostile.ts';
import { sampleBody } from './operations.ts';
import { curlOf, type FuzzRequest, send } from './request.ts';

const headerSafe = (text: string): string => text.slice(0, 1_000).replace(/[^\t\u0020-\u007e\u0080-\u00ff]/g, '');

const ETAGS = [
  ...new Set(TEXTS.map(headerSafe)),
  '""',
  '"',
  'W/',
  'W/""',
  '*, "1"',
  '"1',
  '1',
  '-1',
  '"1e9"',
  '"NaN"',
  ',',
  ',,,',
  '"a", '.repeat(200),
];
const KEYS = [
  ...new Set(TEXTS.map(headerSafe)),
  'a'.repeat(255),
  'a'.repeat(256),
  'a'.repeat(4_000),
  'a, b',
  '\t',
  '__proto__',
];

const reader = (context: FuzzContext, { template }: Operation): Operation | undefined =>
  context.operations.find((one) => one.method === 'GET' && one.template === template);

/** A change that is taken may make it due: what delivery writes is not the client's doing. */
const DELIVERY = ['status', 'channels', 'attempts', 'version', 'updated_at', 'sent_at'];
const withoutDelivery = (text: string): string => {
  const record = JSON.parse(text) as Record<string, unknown>;
  const own = Object.entries(record).filter(([name]) => !('channels' in record && DELIVERY.includes(name)));
  return JSON.stringify(Object.fromEntries(own));
};

/** Fires at one record; after each refusal it must read as before. */
const hammer = async (
  context: FuzzContext,
  operation: Operation,
  path: string,
  requests: FuzzRequest[],
): Promise<void> => {
  const read = async (): Promise<string> => withoutDelivery((await send(context.client, { method: 'GET', path })).text);
  let before = await read();
  for (const request of requests) {
    const answer: Answer<unknown> = await send(context.client, request);
    context.tally.saw(`${operation.id}, refusals`, request, answer);
    const wrong = context.oracle(request, answer);
    const after = await read();
    if (answer.status >= 400 && after !== before)
      wrong.push(`${answer.status}, and yet the record changed: ${before} -> ${after}`);
    before = after;
    for (const what of wrong)
      context.tally.found({ campaign: `${operation.id}, refusals`, what, command: curlOf(context.apiUrl, request) });
  }
};

/**
 * Due so late, and for a person so unknown, that no delivery and no erasure of another campaign
 * touches it.
 */
const QUIET: Record<string, Record<string, unknown>> = {
  createNotification: {
    target_date: new Date(Date.now() + 3_600 * 86_400_000).toISOString(),
    lead_time_days: 0,
    send_at: undefined,
    entity_id: 'hammered',
    email: `hammered@${MARK}.example.com`,
    phone: undefined,
    webhook_url: undefined,
    endpoint_id: undefined,
  },
  createSchedule: { cron: '0 9 29 2 *', start: undefined, end: undefined, count: undefined },
};

/** Of what is edited by PATCH or PUT: hostile bodies and hostile If-Match, one after the other. */
export const sweepRefusals = async (context: FuzzContext): Promise<void> => {
  for (const operation of context.operations.filter(({ method }) => method === 'PATCH' || method === 'PUT')) {
    const maker = context.operations.find(
      ({ method, template }) => method === 'POST' && template.replace(/\/$/, '') === operation.template.split('/{')[0],
    );
    if (!maker || !reader(context, operation)) continue;
    const given = { ...(sampleBody(context, maker) as object), ...QUIET[maker.id] };
    const make: FuzzRequest = { method: 'POST', path: maker.template, body: JSON.stringify(given) };
    const made = await send(context.client, make);
    context.tally.saw(`${operation.id}, refusals`, make, made);
    const path = new URL(made.headers.get('location') ?? '/', context.apiUrl).pathname;
    const valid = sampleBody(context, operation);
    const twists = fc.sample(
      fc.tuple(fc.array(mutation, { minLength: 1, maxLength: 3 }), fc.option(hostileValue, { freq: 6 })),
      {
        seed: context.seed,
        numRuns: Math.min(context.runs, 100),
      },
    );
    const method = operation.method;
    await hammer(context, operation, path, [
      ...twists.map(([changes, whole]) => ({
        method,
        path,
        body: JSON.stringify(whole ?? mutate(valid, changes)) ?? '',
      })),
      ...ETAGS.map(
        (etag): FuzzRequest => ({ method, path, body: JSON.stringify(valid), headers: [['if-match', etag]] }),
      ),
    ]);
  }
};

/** A key that cannot be kept is refused, one that can is honoured; never anything else. */
export const sweepKeys = async (context: FuzzContext): Promise<void> => {
  for (const operation of context.operations) {
    if (!operation.parameters.some(({ name }) => name === 'idempotency-key')) continue;
    // An id of one's own is the key of what has it.
    const body = JSON.stringify({ ...(sampleBody(context, operation) as object), id: undefined });
    await sweep(
      context,
      `${operation.id}, keys`,
      KEYS.map(
        (key): FuzzRequest => ({
          method: operation.method,
          path: operation.template,
          body,
          headers: [['idempotency-key', key]],
        }),
      ),
    );
  }
};

/** The member that holds as much as a client likes, of what is made in numbers. */
const ROOMY: Record<string, string> = { createNotification: 'data', publishEvent: 'payload' };
/** More than one answer, and more than the table gives back in a few calls. */
const LARGE_RECORDS = 40;

/**
 * Records as large as are taken, more than one page holds: every list must still come to its end,
 * as `judgeRecords` says.
 */
export const sweepLarge = async (context: FuzzContext): Promise<void> => {
  for (const operation of context.operations) {
    const member = ROOMY[operation.id];
    if (!member) continue;
    const given = { ...(sampleBody(context, operation) as object), ...QUIET[operation.id], id: undefined };
    const text = '"'.repeat(110_000);
    const request: FuzzRequest = {
      method: 'POST',
      path: operation.template,
      body: JSON.stringify({ ...given, [member]: { text } }),
    };
    const requests = Array.from({ length: LARGE_RECORDS }, () => ({ ...request, expected: [201] }));
    await sweep(context, `${operation.id}, large`, requests);
  }
};

interface Row {
  id: string;
  event_id?: string;
  schedule_id?: string;
}

/** Of a Lambda's answer, in which the body is a JSON string. */
const ANSWER_BYTES_MAX = 6_291_456;

const everyRow = async (context: FuzzContext, { template }: Operation): Promise<{ rows: Row[]; wrong: string[] }> => {
  const rows: Row[] = [];
  const wrong: string[] = [];
  let path: string | undefined = `${template}?limit=100`;
  while (path !== undefined) {
    const { status, text, headers }: Answer<unknown> = await send(context.client, { method: 'GET', path });
    if (status !== 200) return { rows, wrong: [...wrong, `${status} on the way through the pages`] };
    const bytes = Buffer.byteLength(JSON.stringify(text));
    if (bytes > ANSWER_BYTES_MAX) wrong.push(`an answer of ${bytes} bytes`);
    rows.push(...(JSON.parse(text) as Row[]));
    path = /^<[^>]*?(\/api\/v1\/[^>]+)>/.exec(headers.get('link') ?? '')?.[1];
  }
  return { rows, wrong };
};

/** Of every list whose records are made by POST to it. What was made of an event or a schedule says so. */
export const judgeRecords = async (context: FuzzContext): Promise<void> => {
  const taken = context.tally.taken();
  for (const list of context.operations.filter(
    (one) => one.method === 'GET' && one.parameters.some(({ name }) => name === 'cursor'),
  )) {
    const makes = context.operations.some(({ method, template }) => method === 'POST' && template === list.template);
    if (!makes) continue;
    const { rows, wrong } = await everyRow(context, list);
    const listed = new Set(rows.map(({ id }) => id));
    const uncalled = rows.filter((row) => !taken.has(row.id) && !row.event_id && !row.schedule_id);
    const collection = list.template.replace(/\/$/, '');
    const lost = [...taken].filter(([id, from]) => from === collection && !listed.has(id));
    const found = (what: string) => context.tally.found({ campaign: `${list.id}, at the end`, what, command: '' });
    for (const what of wrong) found(what);
    if (uncalled.length > 0)
      found(`${uncalled.length} records that no answer reported, e.g. ${JSON.stringify(uncalled[0])}`);
    if (lost.length > 0) found(`${lost.length} of those that were taken are not listed, e.g. ${lost[0]?.[0]}`);
  }
};
