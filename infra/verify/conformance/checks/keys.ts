/** The service's own keys, made and revoked by one that holds `admin`. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { inGroup } from '../check.ts';
import { expectProblem, expectStatus } from '../expect.ts';
import type { Service } from '../service.ts';
import { EVENTS, KEYS, type Key } from '../shapes.ts';

const check = inGroup('keys');
const needs = ['service-key'] as const;

/**
 * By when a revoked key must be refused everywhere, and how often in a row tells that it is: each
 * process asks by itself.
 */
const REVOKED_MS = 65_000;
const REFUSED_IN_A_ROW = 5;
const EVERY_MS = 500;

const make = async (service: Service, scopes: string[]): Promise<Key & { token: string }> => {
  const answer = await service.api<Key & { token: string }>('POST', KEYS, { name: service.tag, scopes });
  if (answer.status === 403) service.skip('the key does not hold admin, which makes keys');
  expectStatus(answer, 201, 'POST /keys/');
  return answer.body;
};
const as = ({ token }: { token: string }) => ({ headers: { authorization: `Bearer ${token}` } });
const askAs = ({ api }: Service, key: { token: string }) => api('GET', `${EVENTS}?limit=1`, undefined, as(key));

export const keys = [
  check('a key may do what its scopes say, and nothing else; its token is shown once', { needs }, async (service) => {
    const { token, ...key } = await make(service, ['events:read']);
    match(token, /^\S{20,}$/);
    expectStatus(await askAs(service, { token }), 200, 'within its scope');
    const event = { type: 'a', source: service.tag, payload: {} };
    expectProblem(await service.api('POST', EVENTS, event, as({ token })), 'forbidden');
    expectProblem(await service.api('GET', KEYS, undefined, as({ token })), 'forbidden');
    const read = await service.api<Key>('GET', `${KEYS}${key.id}`);
    const { last_used_at: _, ...kept } = read.body;
    deepEqual([read.status, kept], [200, key]);
    ok(!read.text.includes(token), 'the token is shown again');
  }),

  check('a key that is revoked opens nothing, and is no longer rotated', { needs }, async (service) => {
    const key = await make(service, ['admin']);
    const path = `${KEYS}${key.id}`;
    const revoked = await service.api<Key>('DELETE', path);
    expectStatus(revoked, 200, 'DELETE');
    match(revoked.body.revoked_at ?? '', /Z$/);
    expectProblem(await askAs(service, key), 'unauthorized');
    expectProblem(await service.api('POST', `${path}/rotate`), 'key-not-active');
    deepEqual((await service.api<Key>('DELETE', path)).body, revoked.body, 'repeating it repeats the answer');
  }),

  check('a key in use that is revoked is refused within 60 s', { needs, timeoutMs: 90_000 }, async (service) => {
    const key = await make(service, ['events:read']);
    expectStatus(await askAs(service, key), 200);
    expectStatus(await service.api('DELETE', `${KEYS}${key.id}`), 200, 'DELETE');
    let refused = 0;
    const probe = async (): Promise<boolean> => {
      const { status } = await askAs(service, key);
      refused = status === 401 ? refused + 1 : 0;
      return refused === REFUSED_IN_A_ROW;
    };
    await service.until('it is refused', probe, { deadlineMs: REVOKED_MS, everyMs: EVERY_MS });
    equal(refused, REFUSED_IN_A_ROW);
  }),
];
