import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { unauthorized } from '../../auth/api-keys/credentials.ts';
import { ServiceError } from '../../errors.ts';
import type { Labels, MetricName } from '../../telemetry/definitions.ts';
import { log, useSink } from '../../telemetry/index.ts';
import { apiEvent, lambdaContext, type RequestFixture } from '../../testing/http-events.ts';
import { publicRoute } from '../route.ts';

let lines: string[];
let observed: [MetricName, Labels, number][];
let flushes: number;

beforeEach(() => {
  vi.stubEnv('LOG_LEVEL', 'INFO');
  lines = [];
  observed = [];
  flushes = 0;
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((chunk) => lines.push(String(chunk)) > 0);
  }
  useSink({
    record: (...observation) => observed.push(observation),
    flush: () => {
      flushes += 1;
    },
    text: async () => '',
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const address = 'someone@example.com';
const request: RequestFixture = {
  method: 'POST',
  path: '/things/thing_1/',
  template: '/things/{id}/',
  query: `mail=${address}`,
  headers: { 'x-request-id': 'order-17', 'x-other': address },
  body: `{"mail":"${address}"}`,
};
const answer = (handler = publicRoute({ query: 'ignored' }, () => ({ status: 202 }))) =>
  handler(apiEvent(request), lambdaContext());

it('writes one line per request, with ids and no personal data', async () => {
  await answer();
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'INFO',
    message: 'request',
    request_id: 'order-17',
    route: '/things/{id}',
    method: 'POST',
    status: 202,
    duration_ms: expect.any(Number),
  });
  expect(lines[0]).not.toContain('someone');
  expect(lines[0]).not.toContain('thing_1');
});

it('counts and times it by route, method and status, and writes the metrics out before it answers', async () => {
  await answer();
  const labels = { route: '/things/{id}', method: 'POST', status: '202' };
  expect(observed).toEqual([
    ['event_system_http_requests_total', labels, 1],
    ['event_system_http_request_duration_seconds', labels, expect.any(Number)],
  ]);
  expect(flushes).toBe(1);
});

it('says the code of a refusal, and the cause of a failure of ours', async () => {
  const failing = (error: Error) =>
    publicRoute({ query: 'ignored' }, () => {
      throw error;
    });
  await answer(failing(new ServiceError('not-failed', 'It has not failed.')));
  await answer(failing(new ServiceError('unavailable', 'No answer.', { cause: new Error('ECONNREFUSED') })));
  await answer(failing(new Error('a bug')));
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { level: 'INFO', status: 409, code: 'not-failed' },
    { level: 'ERROR', status: 503, code: 'unavailable', error: { message: 'ECONNREFUSED' } },
    { level: 'ERROR', status: 500, error: { message: 'a bug', stack: expect.any(String) } },
  ]);
});

it('gives the request id to every line written on the way', async () => {
  const chatty = publicRoute({ query: 'ignored' }, async () => {
    log.warn('on the way');
    return {};
  });
  await answer(chatty);
  expect(lines.map((line) => JSON.parse(line).request_id)).toEqual(['order-17', 'order-17']);
});

it('keeps its labels bounded: unknown paths and methods share one value each', async () => {
  const handler = publicRoute({ query: 'ignored' }, () => ({}));
  await handler(apiEvent({ method: 'BREW', path: '/pot', template: '$default' }), lambdaContext());
  expect(observed[0]?.[1]).toEqual({ route: 'unmatched', method: 'OTHER', status: '200' });
});

it('says why credentials are refused beside the id of the request, and not in the answer', async () => {
  const reply = await answer(
    publicRoute({ query: 'ignored' }, () => {
      throw unauthorized('audience');
    }),
  );
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    request_id: 'order-17',
    code: 'unauthorized',
    reason: 'audience',
  });
  expect(JSON.stringify(reply)).not.toContain('audience');
});
