/** What the service itself answers, through the gateway. */
import { expectProblem, expectStatus, expectThat } from '../../../kit/expect.ts';
import { type Asked, ask, type Listener } from '../gateway-client.ts';
import type { Check } from './check.ts';

const EVENTS = '/api/v1/events/';
const BODY_BYTES = 300 * 1_024;
const HEADER_BYTES = 20_000;
const LIMIT_PER_SECOND = 1;
const BURST = 60;

export const bearer = (key: string): Required<Pick<Asked, 'headers'>> => ({
  headers: { authorization: `Bearer ${key}` },
});

export const serviceChecks = (listener: Listener, key: string): Check[] => [
  {
    name: 'a body over the limit',
    run: async () => {
      const body = { type: 'custom', payload: { text: 'x'.repeat(BODY_BYTES) } };
      expectProblem(await ask(listener, 'POST', EVENTS, { ...bearer(key), body }), 413, 'payload-too-large');
      return '413 by the service, as a problem document';
    },
  },
  {
    name: 'headers over the limit',
    run: async () => {
      const headers = { ...bearer(key).headers, 'x-long': 'x'.repeat(HEADER_BYTES) };
      expectProblem(await ask(listener, 'GET', EVENTS, { headers }), 400, 'validation-failed');
      return '400 by the service, as a problem document';
    },
  },
  {
    name: 'the rate limit of a key',
    run: async () => {
      const body = { name: 'gateway check', scopes: ['events:read'], rate_limit: LIMIT_PER_SECOND };
      const made = await ask<{ id: string; token: string }>(listener, 'POST', '/api/v1/keys/', {
        ...bearer(key),
        body,
      });
      expectStatus(made, 201);
      const asked = Array.from({ length: BURST }, () =>
        ask(listener, 'GET', `${EVENTS}?limit=1`, bearer(made.body.token)),
      );
      const answers = await Promise.all(asked);
      const refused = answers.filter(({ status }) => status === 429);
      for (const one of refused) {
        expectProblem(one, 429, 'rate-limited');
        expectThat(one.headers.has('retry-after'), '429 without Retry-After');
      }
      const served = answers.filter(({ status }) => status === 200).length;
      expectThat(refused.length > BURST / 2 && served > 0, `${served} of ${BURST} served, ${refused.length} refused`);
      expectThat(served + refused.length === BURST, 'an answer that is neither 200 nor 429');
      return `${served} x 200, ${refused.length} x 429 with Retry-After, as problem documents`;
    },
  },
];

/** @param url of a receiver that never answers */
export const slowTestCheck = (listener: Listener, key: string, url: string): Check => ({
  name: 'the test of an endpoint that hangs: the gateway waits for the service',
  run: async () => {
    const made = await ask<{ id: string }>(listener, 'POST', '/api/v1/endpoints/', { ...bearer(key), body: { url } });
    expectStatus(made, 201);
    const path = `/api/v1/endpoints/${made.body.id}`;
    const answer = await ask(listener, 'POST', `${path}/test`, { ...bearer(key), body: {} });
    await ask(listener, 'DELETE', path, bearer(key));
    expectStatus(answer, 200);
    return `answered by the service after ${(answer.durationMs / 1_000).toFixed(1)} s`;
  },
});

const METRICS = ['/metrics', '/metrics/', '//metrics', '/metrics?x=1', '/%6detrics'];

export const metricsClosed = (listener: Listener, key: string): Check => ({
  name: '/metrics closed by the flag',
  run: async () => {
    for (const path of METRICS) expectProblem(await ask(listener, 'GET', path, bearer(key)), 404, 'not-found');
    return `404 for ${METRICS.join(' ')}, with a key that may read them`;
  },
});

export const metricsOpen = (listener: Listener, key: string): Check => ({
  name: '/metrics open',
  run: async () => {
    expectProblem(await ask(listener, 'GET', '/metrics'), 401, 'unauthorized');
    const answer = await ask(listener, 'GET', '/metrics', bearer(key));
    expectStatus(answer, 200);
    expectThat(answer.text.includes('# TYPE '), 'it has no metrics', answer);
    return '401 without a key, the metrics with one';
  },
});
