/** What the gateway repeats by itself, and what never: counted where it arrives. */
import { expectStatus, expectThat } from '../../../smoke/expect.ts';
import { ask } from '../door.ts';
import type { StandIn } from '../stand-in.ts';
import type { Behaviour } from '../upstream.ts';
import type { Check } from './check.ts';

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
const ORDERS = { 'x-envoy-retry-on': '5xx,reset', 'x-envoy-max-retries': '3', 'x-envoy-retriable-status-codes': '503' };

const writes: Case[] = ['POST', 'PATCH', 'DELETE', 'PUT'].map((method) => ({
  name: `${method} after a cut connection: not repeated`,
  method,
  path: CREATE,
  behaviours: ['cut', 200],
  status: 503,
  arrivals: 1,
}));

const cases: Case[] = [
  {
    name: 'GET after a cut connection: repeated',
    behaviours: ['cut', 200],
    status: 200,
    arrivals: 2,
    method: 'GET',
    path: CREATE,
  },
  { name: 'HEAD likewise', behaviours: ['cut', 200], status: 200, arrivals: 2, method: 'HEAD', path: CREATE },
  { name: 'GET cut each time: given up', behaviours: ['cut'], status: 503, arrivals: 3, method: 'GET', path: CREATE },
  {
    name: 'GET answered 503: the answer, not repeated',
    behaviours: [503, 200],
    status: 503,
    arrivals: 1,
    method: 'GET',
    path: CREATE,
  },
  ...writes,
  {
    name: 'POST answered 503: not repeated',
    behaviours: [503, 200],
    status: 503,
    arrivals: 1,
    method: 'POST',
    path: CREATE,
  },
  {
    name: 'a create with Idempotency-Key: repeated',
    behaviours: ['cut', 200],
    status: 200,
    arrivals: 2,
    method: 'POST',
    path: CREATE,
    headers: KEY,
  },
  {
    name: 'another POST with Idempotency-Key: not',
    behaviours: ['cut', 200],
    status: 503,
    arrivals: 1,
    method: 'POST',
    path: '/api/v1/keys/',
    headers: KEY,
  },
  {
    name: 'a POST that asks for repetition: not',
    behaviours: ['cut', 200],
    status: 503,
    arrivals: 1,
    method: 'POST',
    path: CREATE,
    headers: ORDERS,
  },
  {
    name: 'a POST that asks for it at an endpoint: not',
    behaviours: [503, 200],
    status: 503,
    arrivals: 1,
    method: 'POST',
    path: '/api/v1/endpoints/a/test',
    headers: ORDERS,
  },
];

const checkOf = ({ door, upstream }: StandIn, one: Case, index: number): Check => ({
  name: one.name,
  run: async () => {
    const target = `${one.path}?case=${index}`;
    upstream.behave(target, ...one.behaviours);
    const body = ['POST', 'PATCH', 'PUT'].includes(one.method) ? { case: index } : undefined;
    const answer = await ask(door, one.method, target, { ...(one.headers && { headers: one.headers }), body });
    expectStatus(answer, one.status);
    const arrivals = upstream.arrived(target).length;
    expectThat(arrivals === one.arrivals, `it arrived ${arrivals} times instead of ${one.arrivals}`);
    return `arrived ${arrivals} ${arrivals === 1 ? 'time' : 'times'}, answered ${answer.status}`;
  },
});

export const repeatChecks = (standIn: StandIn): Check[] => [
  ...cases.map((one, index) => checkOf(standIn, one, index)),
  {
    name: 'the only pod, after many failures',
    run: async () => {
      const { door, upstream } = standIn;
      upstream.behave('/failing', 'cut');
      for (let times = 0; times < 10; times += 1) await ask(door, 'POST', '/failing');
      expectStatus(await ask(door, 'POST', '/well'), 200);
      return 'is not left out';
    },
  },
];
