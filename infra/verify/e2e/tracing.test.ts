/**
 * Traces as a collector receives them from the whole stack: which spans there are, and how they
 * hang together.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Collector, type OtlpSpan, startCollector } from '../../../lib/testing/otlp-collector.ts';
import { DAY_MS, startTestStack, type TestStack } from '../kit/test-stack.ts';
import { until as untilBy } from '../kit/until.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLER = '00f067aa0ba902b7';

let collector: Collector;
let stack: TestStack;

beforeAll(async () => {
  collector = await startCollector();
  stack = await startTestStack({
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_BSP_SCHEDULE_DELAY: '50',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
      LOG_LEVEL: 'INFO',
      LOG_STDOUT: 'true',
    },
  });
});
afterAll(async () => {
  await stack?.close();
  await collector?.close();
});

const until: typeof untilBy = (what, probe) => untilBy(what, probe, { deadlineMs: 20_000 });
const inTrace = (traceId: string): OtlpSpan[] => collector.spans().filter((span) => span.traceId === traceId);
const named = (spans: OtlpSpan[], name: string): OtlpSpan => {
  const found = spans.filter((span) => span.name === name);
  if (found.length === 1 && found[0]) return found[0];
  throw new Error(`${found.length} spans ${name} among ${spans.map((span) => span.name).join(', ')}`);
};
/** From a span up to the first of its trace, by name. */
const pathOf = (spans: OtlpSpan[], span: OtlpSpan): string[] => {
  const parent = spans.find(({ spanId }) => spanId === span.parentSpanId);
  return [span.name, ...(parent ? pathOf(spans, parent) : [])];
};
/** The trace that the delivery of a notification belongs to, once its last span has come. */
const delivered = (id: string): Promise<OtlpSpan[]> =>
  until(`the trace of ${id}`, () => {
    const finish = collector
      .spans()
      .find(({ name, attributes }) => name === 'finish' && attributes['event_system.notification.id'] === id);
    if (!finish) return undefined;
    const spans = inTrace(finish.traceId);
    return spans.some((span) => span.spanId === finish.parentSpanId) && spans;
  });
const tracedCreate = (input: Record<string, unknown>, traceId = TRACE, flags = '00') =>
  stack.create(input, { traceparent: `00-${traceId}-${CALLER}-${flags}`, tracestate: 'congo=t61rcWkgMzE' });

const SEND = 'send event-notification-service-local-delivery';
const PROCESS = 'process event-notification-service-local-delivery';

describe('a notification that is due within minutes', () => {
  let spans: OtlpSpan[];
  let id: string;

  beforeAll(async () => {
    ({ id } = await tracedCreate({ webhook_url: stack.receiver.url('/near'), email: 'user@example.com' }));
    spans = await delivered(id);
  });

  test("is one trace, the caller's, from the request to the attempts", () => {
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([TRACE]));
    expect(named(spans, 'POST /api/v1/notifications').parentSpanId).toBe(CALLER);
    const [request] = pathOf(spans, named(spans, SEND)).slice(-1);
    expect(request).toBe('POST /api/v1/notifications');
    for (const name of ['claim', 'attempt webhook', 'attempt email', 'finish'])
      expect(pathOf(spans, named(spans, name))).toEqual([name, PROCESS, SEND, 'POST /api/v1/notifications']);
    const table = 'event-notification-service-local';
    const writes = spans.filter(({ name }) => name === `PutItem ${table}` || name === `UpdateItem ${table}`);
    expect(new Set(writes.map((span) => pathOf(spans, span)[1]))).toEqual(
      new Set(['POST /api/v1/notifications', 'claim', 'finish']),
    );
  });

  test('says what it is in the words of the semantic conventions', () => {
    expect(named(spans, 'POST /api/v1/notifications').attributes).toEqual({
      'http.request.method': 'POST',
      'http.route': '/api/v1/notifications',
      'http.response.status_code': 201,
    });
    expect(named(spans, SEND).attributes).toMatchObject({
      'messaging.system': 'aws_sqs',
      'messaging.operation.type': 'send',
    });
    expect(named(spans, PROCESS).attributes).toMatchObject({ 'messaging.operation.type': 'process' });
    expect(named(spans, 'attempt webhook').attributes).toMatchObject({
      'event_system.attempt.number': 1,
      'http.request.method': 'POST',
      'http.response.status_code': 200,
    });
    expect(spans[0]?.resource).toMatchObject({
      'service.name': 'event-notification-service',
      'deployment.environment.name': 'test',
    });
  });

  test("gives the receiver the attempt's span, with the state of the trace", () => {
    const [received] = stack.receiver.of(id);
    expect(received?.headers.traceparent).toBe(`00-${TRACE}-${named(spans, 'attempt webhook').spanId}-01`);
    expect(received?.headers.tracestate).toBe('congo=t61rcWkgMzE');
  });

  test('is in the log lines of its work', () => {
    const lines = stack.processes.output().split('\n');
    const attempted = lines.filter((line) => line.includes('delivery.attempted') && line.includes(id));
    expect(attempted.length).toBeGreaterThan(0);
    for (const line of attempted) expect(line).toContain(TRACE);
  });

  test('holds nothing of the recipient', () => {
    const text = JSON.stringify(spans);
    for (const secret of ['user@example.com', '127.0.0.1', '/near', 'user-1']) expect(text).not.toContain(secret);
  });
});

test('a retry within minutes stays in the trace; the attempt that failed says why', async () => {
  const traceId = 'b'.repeat(32);
  const answers = [503, 200];
  stack.receiver.behave('/retry', () => answers.shift() ?? 200);
  const { id } = await tracedCreate({ webhook_url: stack.receiver.url('/retry') }, traceId);
  await stack.untilIs(id, 'SENT');
  const attempts = await until('two attempts', () => {
    const found = inTrace(traceId).filter(({ name }) => name === 'attempt webhook');
    return found.length === 2 && found;
  });
  expect(attempts.map(({ isFailed, attributes }) => [isFailed, attributes['error.type']])).toEqual([
    [true, 'http_503'],
    [false, undefined],
  ]);
});

test('an event is one trace to the notification that it causes', async () => {
  const traceId = 'c'.repeat(32);
  const event = { type: 'user.signup', payload: { user_id: 1, email: 'user@example.com' } };
  const answer = await stack.api<{ id: string }>('POST', '/api/v1/events/', event, {
    traceparent: `00-${traceId}-${CALLER}-01`,
  });
  expect(answer.status).toBe(201);
  const spans = await until('the attempt', () => {
    const found = inTrace(traceId);
    return found.some(({ name }) => name === 'finish') && found.some(({ name }) => name === PROCESS) && found;
  });
  expect(pathOf(spans, named(spans, 'attempt email'))).toEqual([
    'attempt email',
    PROCESS,
    SEND,
    'process event-notification-service-local-events',
    'send event-notification-service-local-events',
    'POST /api/v1/events',
  ]);
});

test('a notification far away gets a trace of its own, which links to the one that created it', async () => {
  const traceId = 'd'.repeat(32);
  const { id } = await tracedCreate(
    { webhook_url: stack.receiver.url('/far'), send_at: await stack.at(3 * DAY_MS) },
    traceId,
  );
  await stack.untilIs(id, 'SCHEDULED');
  await stack.pass('P4D');
  await stack.untilIs(id, 'SENT');
  const spans = await delivered(id);
  const created = await until('the schedule entry', () => {
    const found = inTrace(traceId);
    return found.some(({ name }) => name === 'CreateSchedule') && found;
  });
  expect(pathOf(created, named(created, 'CreateSchedule')).slice(-1)).toEqual(['POST /api/v1/notifications']);
  expect(created.map(({ name }) => name)).not.toContain('attempt webhook');
  expect(spans[0]?.traceId).not.toBe(traceId);
  const roots = spans.filter(({ parentSpanId }) => parentSpanId === '');
  expect(roots.map(({ links }) => links)).toEqual([[traceId]]);
  const [received] = stack.receiver.of(id);
  expect(received?.headers.traceparent).toBe(`00-${spans[0]?.traceId}-${named(spans, 'attempt webhook').spanId}-01`);
});

test('health checks and what runs in the background make no traces of their own', () => {
  const routes = collector.spans().map(({ attributes }) => String(attributes['http.route']));
  expect(routes.filter((route) => route.startsWith('/health'))).toEqual([]);
  const roots = collector.spans().filter(({ parentSpanId }) => parentSpanId === '');
  expect(roots.filter(({ name }) => !/^(process|GET|POST) /.test(name)).map(({ name }) => name)).toEqual([]);
});
