/** Webhook endpoints: a resource with keys and headers of its own, tested, rotated, disabled and brought back. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { inGroup } from '../check.ts';
import { expectProblem, expectStatus, pathOf as linkedPath } from '../expect.ts';
import type { Received, Rule } from '../receiver.ts';
import { type DeadLetter, ENDPOINTS, type Endpoint, LETTERS, type Notification, type RedriveJob } from '../shapes.ts';
import { verifies, verifiesV1a } from '../signature.ts';
import type { World } from '../world.ts';

const check = inGroup('endpoints');
const needs = ['receiver'] as const;

/** A replay begins half a minute after it was ordered. */
const REPLAY_MS = 60_000;
const ELSEWHERE = 'https://example.com/hooks';
const HEADERS = { 'X-Conformance': 'secret-of-the-receiver' };

const create = async (world: World, input: object, headers: Record<string, string> = {}) => {
  const answer = await world.api<Endpoint>('POST', ENDPOINTS, input, { headers });
  if (answer.status === 403) world.skip('the key does not hold admin, which makes endpoints');
  return answer;
};
const act = async <T = Endpoint>({ api }: World, { id }: Endpoint, action: string, body?: object): Promise<T> => {
  const answer = await api<T>('POST', `${ENDPOINTS}${id}/${action}`, body);
  expectStatus(answer, 200, action);
  return answer.body;
};
/** One at the receiver, on a path of its own. */
const receiving = async (world: World, rule: Rule = 200): Promise<Endpoint> => {
  const path = `/${world.tag}/${crypto.randomUUID()}`;
  world.receiver.behave(path, rule);
  const answer = await create(world, { url: world.receiver.url(path), headers: HEADERS });
  expectStatus(answer, 201, 'POST /endpoints/');
  return answer.body;
};
const pathOf = ({ url }: Endpoint): string => new URL(url).pathname;
/** The one webhook that its receiver has. */
const onlyOf = (world: World, endpoint: Endpoint): Received => {
  const [received, ...more] = world.receiver.received(pathOf(endpoint));
  ok(received, 'nothing arrived');
  equal(more.length, 0, 'it arrived more than once');
  return received;
};
const expectSignedBy = (endpoint: Endpoint, received: Received, what: string): void => {
  ok(verifies(endpoint.secret ?? '', received), `${what}: v1 does not verify with the endpoint's secret`);
  ok(verifiesV1a(endpoint.public_key, received), `${what}: v1a does not verify with its public key`);
};

export const endpoints = [
  check('its secret is in the answer that makes it alone, and its headers’ values in none', async (world) => {
    const key = { 'idempotency-key': world.tag };
    const input = { url: ELSEWHERE, description: world.tag, headers: HEADERS };
    const made = await create(world, input, key);
    expectStatus(made, 201);
    const { secret, ...rest } = made.body;
    match(secret ?? '', /^whsec_[A-Za-z0-9+/]{32,}=*$/);
    match(rest.public_key, /^whpk_[A-Za-z0-9+/]{43}=$/);
    deepEqual([rest.state, rest.header_names], ['enabled', ['x-conformance']]);
    const path = `${ENDPOINTS}${rest.id}`;
    equal(linkedPath(made.headers.get('location')), path);
    const again = await create(world, input, key);
    deepEqual([again.status, again.headers.get('idempotent-replayed'), again.body], [201, 'true', rest]);
    const read = await world.api<Endpoint>('GET', path);
    deepEqual([read.status, read.body, read.headers.get('etag')], [200, rest, `"${rest.version}"`]);
    const listed = await world.until('it is listed', async () => {
      const { body } = await world.api<Endpoint[]>('GET', `${ENDPOINTS}?limit=100`);
      return body.find(({ id }) => id === rest.id);
    });
    deepEqual(listed, rest);
    for (const { text } of [made, again, read])
      ok(!text.includes(HEADERS['X-Conformance']), 'a header’s value is shown');
  }),

  check('changed by merge under If-Match, and gone once it is deleted', async (world) => {
    const made = await create(world, { url: ELSEWHERE, headers: HEADERS });
    expectStatus(made, 201);
    const path = `${ENDPOINTS}${made.body.id}`;
    const patch = (body: object, version: number) =>
      world.api<Endpoint>('PATCH', path, body, { headers: { 'if-match': `"${version}"` } });
    const changed = await patch(
      { headers: { 'x-conformance': null, 'x-other': '1' }, rate_limit: 5 },
      made.body.version,
    );
    expectStatus(changed, 200);
    deepEqual([changed.body.header_names, changed.body.rate_limit], [['x-other'], 5]);
    expectProblem(await patch({ rate_limit: 6 }, made.body.version), 'precondition-failed');
    expectProblem(await patch({ url: 'gopher://example.com/' }, changed.body.version), 'validation-failed', ['/url']);
    expectStatus(await world.api('DELETE', path), 204, 'DELETE');
    expectProblem(await world.api('GET', path), 'not-found');
    const named = {
      notification_type: world.type,
      entity_id: world.tag,
      send_at: world.at(0),
      endpoint_id: made.body.id,
    };
    expectProblem(await world.api('POST', '/api/v1/notifications/', named), 'validation-failed', ['/endpoint_id']);
  }),

  check('an endpoint that breaks a rule: 400 names the field', async (world) => {
    const wrong: [object, string][] = [
      [{}, '/url'],
      [{ url: 'file:///etc/passwd' }, '/url'],
      [{ url: 'https://user:secret@example.com/' }, '/url'],
      [{ url: ELSEWHERE, secret: 'whsec_short' }, '/secret'],
      [{ url: ELSEWHERE, headers: { 'Content-Length': '1' } }, '/headers/Content-Length'],
      [{ url: ELSEWHERE, rate_limit: 0 }, '/rate_limit'],
    ];
    for (const [input, pointer] of wrong) {
      const answer = await create(world, input);
      ok(answer.status === 400, `${JSON.stringify(input)}: ${answer.status} instead of 400`);
      const pointers = expectProblem(answer, 'validation-failed').errors?.map((one) => one.pointer);
      deepEqual(pointers, [pointer], JSON.stringify(input));
    }
  }),

  check('a test sends one signed message with its headers, and says what came back', { needs }, async (world) => {
    const endpoint = await receiving(world, 503);
    const result = await act<Record<string, unknown>>(world, endpoint, 'test');
    deepEqual([result.outcome, result.http_status], ['retry', 503]);
    const received = onlyOf(world, endpoint);
    expectSignedBy(endpoint, received, 'the test');
    equal(received.headers['x-conformance'], HEADERS['X-Conformance']);
    const { type, data } = JSON.parse(received.text) as { type: string; data: { endpoint_id: string } };
    deepEqual([type, data.endpoint_id], ['endpoint.test', endpoint.id]);
  }),

  check('what names it is signed by its own keys, and while they rotate by old and new', { needs }, async (world) => {
    const endpoint = await receiving(world);
    const rotated = await act(world, endpoint, 'rotate-secret', { overlap_seconds: 3_600 });
    ok(
      rotated.secret !== undefined && rotated.secret !== endpoint.secret,
      'the new secret is not shown, or is the old',
    );
    const made = await world.create({ send_at: world.at(0), endpoint_id: endpoint.id });
    await world.untilIs(made.id, 'SENT');
    const received = onlyOf(world, endpoint);
    expectSignedBy(endpoint, received, 'the older keys');
    expectSignedBy(rotated, received, 'the newer keys');
    deepEqual(world.verified(received).filter(Boolean), [], 'the service’s own secret signs it too');
    deepEqual([received.id, received.headers['x-conformance']], [made.id, HEADERS['X-Conformance']]);
  }),

  check(
    'while it is disabled what it was to get is dead, and says why; enabled with a replay it arrives, once',
    { needs, timeoutMs: 120_000 },
    async (world) => {
      const endpoint = await receiving(world);
      equal((await act(world, endpoint, 'disable')).state, 'disabled');
      const made = await world.create({ send_at: world.at(0), endpoint_id: endpoint.id });
      const failed = await world.untilIs(made.id, 'FAILED');
      deepEqual(failed.channels.webhook?.last_error, 'endpoint_disabled');
      const letters = async () =>
        (await world.api<DeadLetter[]>('GET', `${LETTERS}?${new URLSearchParams({ endpoint_id: endpoint.id })}`)).body;
      const [letter] = await world.until('it is listed as dead', async () => {
        const found = await letters();
        return found.length > 0 && found;
      });
      deepEqual([letter?.notification_id, letter?.reason], [made.id, 'endpoint_disabled']);
      equal(world.receiver.received(pathOf(endpoint)).length, 0, 'a disabled endpoint got something');
      const { state, replay_job_id: job } = await act(world, endpoint, 'enable', { replay: true });
      equal(state, 'enabled');
      await world.untilIs(made.id, (n: Notification) => n.status === 'SENT', { deadlineMs: REPLAY_MS });
      expectSignedBy(endpoint, onlyOf(world, endpoint), 'the replay');
      const done = await world.until('the replay is done', async () => {
        const { body } = await world.api<RedriveJob>('GET', `${LETTERS}redrive/${job}`);
        return body.status === 'DONE' && body;
      });
      deepEqual([done.matched, done.redriven], [1, 1]);
    },
  ),
];
