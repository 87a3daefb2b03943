/** What the gateway repeats by itself, and what never: counted where it arrives. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expectStatus, expectThat } from '../../../kit/expect.ts';
import { ask } from '../gateway-client.ts';
import type { StandIn } from '../stand-in.ts';
import type { Behaviour } from '../upstream.ts';
import type { Check } from './check.ts';

const CUT_ONCE: Behaviour[] = ['cut', 200];
const UNAVAILABLE_ONCE: Behaviour[] = [503, 200];

interface Case {
  name: string;
  method: string;
  path: string;
  headers?: Record<string, string>;
  behaviours: Behaviour[];
  status: number;
  arrivals: number;
}

const CREATE = '/api/v1/notifications/';
const KEY = { 'idempotency-key': 'gateway-check' };
/** What Envoy takes from those whom it trusts. */
const ORDERS = { 'x-envoy-retry-on': '5xx,reset', 'x-envoy-max-retries': '3', 'x-envoy-retriable-status-codes': '503' };

const repeated: Case[] = [
  ...['GET', 'HEAD'].map((method) => ({
    name: `${method} after a cut connection: repeated`,
    method,
    path: CREATE,
    behaviours: CUT_ONCE,
    status: 200,
    arrivals: 2,
  })),
  { name: 'GET cut each time: given up', method: 'GET', path: CREATE, behaviours: ['cut'], status: 503, arrivals: 3 },
  ...['events', 'notifications', 'endpoints'].map((noun) => ({
    name: `a new one of ${noun} with Idempotency-Key: repeated`,
    method: 'POST',
    path: `/api/v1/${noun}/`,
    headers: KEY,
    behaviours: CUT_ONCE,
    status: 200,
    arrivals: 2,
  })),
];

const once = (name: string, method: string, more: Partial<Case> = {}): Case => ({
  name: `${name}: not repeated`,
  method,
  path: CREATE,
  behaviours: CUT_ONCE,
  status: 503,
  arrivals: 1,
  ...more,
});

const notRepeated: Case[] = [
  ...['POST', 'PATCH', 'DELETE', 'PUT'].map((method) => once(`${method} after a cut connection`, method)),
  once('GET answered 503', 'GET', { behaviours: UNAVAILABLE_ONCE }),
  once('POST answered 503', 'POST', { behaviours: UNAVAILABLE_ONCE }),
  once('POST elsewhere with Idempotency-Key', 'POST', { path: '/api/v1/keys/', headers: KEY }),
  once('POST whose sender asks for it', 'POST', { headers: ORDERS }),
  once('test of an endpoint, whose sender asks for it', 'POST', {
    path: '/api/v1/endpoints/ep_1/test',
    headers: ORDERS,
    behaviours: UNAVAILABLE_ONCE,
  }),
];

const checkOf = ({ listener, upstream }: StandIn, one: Case): Check => ({
  name: one.name,
  run: async () => {
    const target = `${one.path}?case=${randomUUID()}`;
    upstream.behave(target, ...one.behaviours);
    const body = ['POST', 'PATCH', 'PUT'].includes(one.method) ? {} : undefined;
    const answer = await ask(listener, one.method, target, { ...(one.headers && { headers: one.headers }), body });
    expectStatus(answer, one.status);
    const arrivals = upstream.arrived(target).length;
    expectThat(arrivals === one.arrivals, `it arrived ${arrivals} times instead of ${one.arrivals}`);
    return `arrived ${arrivals} ${arrivals === 1 ? 'time' : 'times'}, answered ${answer.status}`;
  },
});

export const repeatChecks = (standIn: StandIn): Check[] => repeated.map((one) => checkOf(standIn, one));

export const onceChecks = (standIn: StandIn): Check[] => notRepeated.map((one) => checkOf(standIn, one));

const WRITES = 40;

/** Of what nothing was sent: one of two pods refuses connections. */
export const unsentChecks = ({ listener, upstream, withDeadPod }: StandIn): Check[] => [
  {
    name: 'writes while one of two pods refuses connections: repeated, nothing was sent',
    run: () =>
      withDeadPod(async () => {
        for (let index = 0; index < WRITES; index += 1) {
          const method = ['POST', 'PATCH', 'DELETE'][index % 3] ?? 'POST';
          const target = `${CREATE}n${index}?dead=${randomUUID()}`;
          expectStatus(await ask(listener, method, target), 200);
          const arrivals = upstream.arrived(target).length;
          expectThat(arrivals === 1, `${method} ${index} arrived ${arrivals} times`);
          await sleep(50);
        }
        return `${WRITES} answered 200, each arrived once`;
      }),
  },
];

/** Of a pod that takes a request and says nothing. */
export const silentChecks = ({ listener, upstream }: StandIn): Check[] =>
  [
    { name: 'GET', method: 'GET', headers: {} },
    { name: 'a create with Idempotency-Key', method: 'POST', headers: KEY },
  ].map(({ name, method, headers }) => ({
    name: `${name} that gets no answer the first time: repeated after the time of one try`,
    run: async () => {
      const target = `${CREATE}?silent=${randomUUID()}`;
      upstream.behave(target, 'silent', 200);
      const answer = await ask(listener, method, target, { headers, ...(method === 'POST' && { body: {} }) });
      expectStatus(answer, 200);
      const arrivals = upstream.arrived(target).length;
      expectThat(arrivals === 2, `it arrived ${arrivals} times`);
      return `200 after ${(answer.durationMs / 1_000).toFixed(1)} s, arrived twice`;
    },
  }));

const FAILURES = 10;

/** Of what is left out of the balance after failures. */
export const outlierChecks = ({ listener, upstream }: StandIn): Check[] => [
  {
    name: 'the only pod, after many failures',
    run: async () => {
      upstream.behave('/failing', 'cut');
      for (let times = 0; times < FAILURES; times += 1) await ask(listener, 'POST', '/failing');
      expectStatus(await ask(listener, 'POST', '/well'), 200);
      return 'is not left out';
    },
  },
];
