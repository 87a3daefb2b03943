/** How long the gateway waits, and which headers it hands on. */
import { randomUUID } from 'node:crypto';
import { expectStatus, expectThat } from '../../../kit/expect.ts';
import { ask } from '../gateway-client.ts';
import type { StandIn } from '../stand-in.ts';
import type { Check } from './check.ts';

const SPOOFED = { 'x-envoy-upstream-rq-timeout-ms': '60000', 'x-forwarded-for': '203.0.113.7' };

const timeout = (
  { listener, upstream }: StandIn,
  { method, path, seconds, tries = 1 }: { method: string; path: string; seconds: number; tries?: number },
): Check => ({
  name: `${method} ${path} that is never answered`,
  run: async () => {
    const target = `${path}?silent=${randomUUID()}`;
    upstream.behave(target, 'silent');
    const answer = await ask(listener, method, target, { headers: SPOOFED });
    expectStatus(answer, 504);
    const took = answer.durationMs / 1_000;
    expectThat(Math.abs(took - seconds) < 0.5, `504 after ${took.toFixed(1)} s instead of ${seconds}`);
    const arrivals = upstream.arrived(target).length;
    expectThat(arrivals === tries, `it arrived ${arrivals} times`);
    return `504 after ${took.toFixed(1)} s, arrived ${arrivals} ${tries === 1 ? 'time' : 'times'}`;
  },
});

/** As the stand-in has them, shorter than the chart's. */
const seconds = { default: 4, endpointActions: 6, perTry: 1 };

/** @param tries of what may be repeated */
export const routeChecks = (standIn: StandIn, tries: number): Check[] => [
  timeout(standIn, {
    method: 'GET',
    path: '/api/v1/events/',
    seconds: tries === 1 ? seconds.default : tries * seconds.perTry,
    tries,
  }),
  timeout(standIn, { method: 'POST', path: '/api/v1/events/', seconds: seconds.default }),
  timeout(standIn, { method: 'POST', path: '/api/v1/endpoints/a/test', seconds: seconds.endpointActions }),
  {
    name: 'headers to the service',
    run: async () => {
      const { listener, upstream } = standIn;
      const answer = await ask(listener, 'GET', '/headers', { headers: { ...SPOOFED, 'x-envoy-max-retries': '9' } });
      expectStatus(answer, 200);
      const headers = upstream.arrived('/headers')[0]?.headers ?? {};
      const chain = String(headers['x-forwarded-for']).split(',');
      expectThat(
        chain.length === 2,
        `x-forwarded-for is ${headers['x-forwarded-for']}: the caller's address is not added`,
      );
      expectThat(headers['x-forwarded-proto'] === 'https', `x-forwarded-proto is ${headers['x-forwarded-proto']}`);
      expectThat(headers.host === listener.host, `host is ${headers.host}`);
      const orders = ['x-envoy-max-retries', 'x-envoy-upstream-rq-timeout-ms'].filter((name) => name in headers);
      expectThat(orders.length === 0, `${orders.join(', ')} went along`);
      return `x-forwarded-for ${chain.join(',')}, https, ${headers.host}; no orders for Envoy`;
    },
  },
  {
    name: 'headers to the caller',
    run: async () => {
      const { headers } = await ask(standIn.listener, 'GET', '/headers');
      expectThat(!headers.has('x-envoy-upstream-service-time'), 'x-envoy-upstream-service-time is sent');
      return `server: ${headers.get('server')}; no times of the inside`;
    },
  },
];
