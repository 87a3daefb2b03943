import { afterEach, describe, expect, it, vi } from 'vitest';
import { KNOWN_TYPES } from '../schema/notification-types.ts';
import { DEFERRAL_REASONS, FAILURE_LABELS } from '../schema/reasons.ts';
import { type Definition, definitions, type Labels, type MetricName, type Sink } from './definitions.ts';
import { makeEmfSink } from './emf.ts';
import { log, metrics, queueGauges, useSink, withLogFields } from './index.ts';
import { makePrometheusSink } from './prometheus.ts';

const written = (): string[] => {
  const lines: string[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((chunk) => lines.push(String(chunk)) > 0);
  }
  return lines;
};
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const everyVerb = (): void => {
  metrics.httpRequest({ route: '/things', method: 'GET', status: 200 }, 0.02);
  metrics.httpRequest({ route: '/things', method: 'GET', status: 200 }, 0.04);
  metrics.eventPublished({ type: 'user.signup' });
  metrics.eventProcessed({ outcome: 'rejected' });
  metrics.notificationCreated({ type: 'custom' });
  metrics.notificationScheduled();
  metrics.notificationSent();
  metrics.notificationFailed({ reason: 'timeout' });
  metrics.notificationCanceled();
  metrics.attempt({ channel: 'email', outcome: 'sent' }, 0.3);
  metrics.lateness(0.012);
  metrics.timerStale();
  metrics.handOffFailed({ step: 'arm' });
  metrics.reconcilePassed();
  metrics.reconciled({ kind: 'lease' });
  metrics.deadLetter({ kind: 'delivery' });
  metrics.deliveryDeferred({ reason: 'circuit_open' });
  metrics.endpointDisabled({ reason: 'gone' });
  metrics.rateShareFailed();
};

type Observation = { name: string; labels: Labels; sum: number; count: number };
const sorted = (all: Observation[]) => all.map((each) => JSON.stringify(each)).toSorted();

/** What CloudWatch makes of the lines: per metric and dimension set, the sum and count of the values. */
const fromEmf = (lines: string[]): Observation[] =>
  lines.flatMap((line) => {
    const blob = JSON.parse(line);
    const directives = blob._aws.CloudWatchMetrics as { Dimensions: string[][]; Metrics: { Name: MetricName }[] }[];
    return directives.flatMap(({ Dimensions: [dimensions = []], Metrics }) => {
      const names = dimensions.filter((name) => name !== 'service').toSorted();
      const labels = Object.fromEntries(names.map((name) => [name, blob[name]]));
      return Metrics.map(({ Name }) => {
        const values = [blob[Name]].flat() as number[];
        return { name: Name, labels, sum: values.reduce((a, b) => a + b), count: values.length };
      });
    });
  });

const fromPrometheus = (text: string): Observation[] => {
  const values = new Map<string, number>();
  for (const [, key = '', value] of text.matchAll(/^(event_system_\S+) (\S+)$/gm)) values.set(key, Number(value));
  const observations: Observation[] = [];
  for (const [key, value] of values) {
    const [, series = '', text = ''] = key.match(/^(\w+)(?:\{(.*)\})?$/) ?? [];
    const labels = Object.fromEntries([...text.matchAll(/(\w+)="([^"]*)"/g)].map(([, k, v]) => [k, v]).toSorted());
    const name = series.replace(/_sum$/, '') as MetricName;
    const definition = definitions[name];
    if (definition?.kind === 'counter' && value > 0) observations.push({ name, labels, sum: value, count: value });
    if (definition?.kind !== 'histogram' || !series.endsWith('_sum')) continue;
    observations.push({ name, labels, sum: value, count: values.get(key.replace('_sum', '_count')) ?? 0 });
  }
  return observations;
};

describe('the two sinks', () => {
  it('record the same names, labels and values', async () => {
    const lines = written();
    const emf = makeEmfSink({ namespace: 'EventSystem', service: 'test' });
    const prometheus = makePrometheusSink({ processMetrics: false });
    useSink({
      ...emf,
      record: (...observation) => {
        emf.record(...observation);
        prometheus.record(...observation);
      },
    });
    everyVerb();
    emf.flush();
    const seen = sorted(fromPrometheus(await prometheus.text()));
    expect(sorted(fromEmf(lines))).toEqual(seen);
    const counted = Object.entries(definitions).filter(([, { kind }]) => kind !== 'gauge');
    expect(new Set(seen.map((line) => JSON.parse(line).name))).toEqual(new Set(counted.map(([name]) => name)));
  });

  it('use the same units', () => {
    const lines = written();
    const emf = makeEmfSink({ namespace: 'EventSystem', service: 'test' });
    useSink(emf);
    everyVerb();
    emf.flush();
    for (const line of lines) {
      for (const { Name, Unit } of JSON.parse(line)._aws.CloudWatchMetrics[0].Metrics) {
        expect(Unit).toBe(definitions[Name as MetricName].unit);
        expect(Unit === 'Seconds').toBe(Name.endsWith('_seconds'));
      }
    }
  });
});

it('writes nothing at the end of an invocation that recorded nothing', () => {
  const lines = written();
  const emf = makeEmfSink({ namespace: 'EventSystem', service: 'test' });
  emf.record('event_system_timers_stale_total', {}, 1);
  emf.flush();
  emf.flush();
  expect(lines).toHaveLength(1);
});

it('are one line of a log, and two where a label differs', () => {
  const lines = written();
  const emf = makeEmfSink({ namespace: 'EventSystem', service: 'test' });
  const request = { route: '/things', method: 'POST' };
  emf.record('event_system_notifications_created_total', { type: 'custom' }, 1);
  emf.record('event_system_http_requests_total', { ...request, status: '201' }, 1);
  emf.record('event_system_http_request_duration_seconds', { ...request, status: '201' }, 0.012345678);
  emf.record('event_system_http_requests_total', { ...request, status: '400' }, 1);
  emf.flush();
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { type: 'custom', status: '201', event_system_http_request_duration_seconds: 0.012346 },
    { status: '400' },
  ]);
  emf.flush();
  expect(lines).toHaveLength(2);
});

const recorder = () => {
  const seen: [MetricName, Labels, number][] = [];
  const sink: Sink = { record: (...observation) => seen.push(observation), flush: () => {}, text: async () => '' };
  useSink(sink);
  return seen;
};

describe('labels', () => {
  it('are bounded: an unknown notification type is `other`', () => {
    const seen = recorder();
    metrics.notificationCreated({ type: 'made.up.by.a.caller' });
    metrics.eventPublished({ type: 'password.expiry' });
    expect(seen.map(([, labels]) => labels)).toEqual([{ type: 'other' }, { type: 'password.expiry' }]);
  });

  it('tell apart every type that the service knows', () => {
    const seen = recorder();
    for (const type of KNOWN_TYPES) metrics.notificationCreated({ type });
    expect(seen.map(([, { type }]) => type)).toEqual(KNOWN_TYPES);
  });

  it('say the class of a status that a receiver made up', () => {
    const seen = recorder();
    const reasons = ['http_418', 'http_404', 'http_599', 'http_999', 'http_0', 'smtp_421', 'smtp_550', 'SomeNewReason'];
    for (const reason of reasons) metrics.notificationFailed({ reason });
    expect(seen.map(([, { reason }]) => reason)).toEqual([
      ...['http_4xx', 'http_404', 'http_5xx', 'other', 'other', 'smtp_4xx', 'smtp_5xx', 'other'],
    ]);
  });

  it('say the class of a status that the service does not answer by itself', () => {
    const seen = recorder();
    for (const status of [200, 404, 503, 418, 999]) metrics.httpRequest({ route: '/', method: 'GET', status }, 1);
    expect(new Set(seen.map(([, { status }]) => status))).toEqual(new Set(['200', '404', '503', '4xx', 'other']));
  });

  it('lose no declared value, in either sink, whatever 1,000 receivers and callers made up before', async () => {
    const lines = written();
    const emf = makeEmfSink({ namespace: 'EventSystem', service: 'test' });
    const prometheus = makePrometheusSink({ processMetrics: false });
    const record: Sink['record'] = (...observation) => {
      emf.record(...observation);
      prometheus.record(...observation);
    };
    useSink({ ...emf, record });
    for (let n = 0; n < 1_000; n += 1) {
      metrics.notificationFailed({ reason: `http_${n}` });
      metrics.notificationCreated({ type: `type.${n}` });
    }
    for (const reason of FAILURE_LABELS) metrics.notificationFailed({ reason });
    for (const reason of DEFERRAL_REASONS) metrics.deliveryDeferred({ reason });
    emf.flush();
    const text = await prometheus.text();
    const reasonsOf = (name: string, all: Observation[]) =>
      new Set(all.filter((one) => one.name === name).map(({ labels }) => labels.reason));
    for (const all of [fromEmf(lines), fromPrometheus(text)]) {
      expect(reasonsOf('event_system_notifications_failed_total', all)).toEqual(new Set([...FAILURE_LABELS, 'other']));
      expect(reasonsOf('event_system_deliveries_deferred_total', all)).toEqual(new Set(DEFERRAL_REASONS));
    }
    expect(FAILURE_LABELS).toContain('stopped');
  });
});

it('reads gauges as the last value set', async () => {
  const prometheus = makePrometheusSink({ processMetrics: false });
  useSink(prometheus);
  queueGauges.depth('delivery', 7);
  queueGauges.depth('delivery', 3);
  expect(await prometheus.text()).toContain('event_system_queue_depth{queue="delivery"} 3');
});

it('has what is known beforehand with 0 from the start, so that the first one is an increase to Prometheus', async () => {
  const text = await makePrometheusSink({ processMetrics: false }).text();
  expect(text).toContain('event_system_dead_letters_total{kind="message"} 0');
  expect(text).toContain('event_system_delivery_attempts_total{channel="webhook",outcome="failed"} 0');
  for (const [name, { kind, labels }] of Object.entries<Definition>(definitions))
    for (const [label, { values = [] }] of Object.entries(labels))
      for (const value of name.includes('http') || kind !== 'counter' ? [] : values)
        expect(text).toMatch(new RegExp(`^${name}\\{.*${label}="${value}".*\\} 0$`, 'm'));
});

it('puts the ids of the request on every line that is written on its behalf, and on no other', async () => {
  vi.stubEnv('LOG_LEVEL', 'INFO');
  const lines = written();
  await Promise.all([
    withLogFields({ request_id: 'one' }, async () => {
      await Promise.resolve();
      withLogFields({ trace_id: 't' }, () => log.warn('inner', { n: 1 }));
    }),
    withLogFields({ request_id: 'two' }, async () => log.warn('other')),
  ]);
  const parsed = lines.map((line) => JSON.parse(line));
  expect(parsed).toMatchObject([
    { message: 'other', request_id: 'two', level: 'WARN' },
    { message: 'inner', request_id: 'one', trace_id: 't', n: 1 },
  ]);
  expect(parsed[0]).not.toHaveProperty('trace_id');
});

it.each([
  ['', ['info', 'error']],
  ['warn', ['error']],
  ['DEBUG', ['debug', 'info', 'error']],
  ['SILENT', []],
])(
  'writes what LOG_LEVEL %j lets through, in Lambda too, where the function has a level of its own',
  async (level, expected) => {
    vi.stubEnv('LOG_LEVEL', level);
    vi.stubEnv('AWS_LAMBDA_LOG_LEVEL', 'TRACE');
    vi.resetModules();
    const own = await import('./log.ts');
    const lines = written();
    own.log.debug('debug');
    own.log.info('info');
    own.log.error('error');
    expect(lines.map((line) => JSON.parse(line).message)).toEqual(expected);
  },
);

it('names the trace of its invocation where X-Ray has it', () => {
  vi.stubEnv('LOG_LEVEL', 'INFO');
  const lines = written();
  const root = '1-5759e988-bd862e3fe1be46a994272793';
  for (const sampled of ['0', '1']) {
    vi.stubEnv('_X_AMZN_TRACE_ID', `Root=${root};Parent=53995c3f42cd8ad8;Sampled=${sampled};Lineage=1:a:0`);
    log.info('line');
  }
  expect(lines.map((line) => JSON.parse(line).xray_trace_id)).toEqual([undefined, root]);
});
