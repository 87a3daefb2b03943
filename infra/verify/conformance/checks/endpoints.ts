/**
 * Webhook endpoints: a resource with keys and headers of its own, tested, rotated, disabled and
 * brought back.
 */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import type { Received, Rule } from '../../kit/receiver.ts';
import { verifies, verifiesV1a } from '../../kit/signature.ts';
import { inGroup } from '../check.ts';
import { expectProblem, expectStatus, pathOf as linkedPath } from '../expect.ts';
import type { Service } from '../service.ts';
import { type DeadLetter, ENDPOINTS, type Endpoint, LETTERS, type Notification, type RedriveJob } from '../shapes.ts';

const check = inGroup('endpoints');
const needs = ['receiver'] as const;

/** A replay begins half a minute after it was ordered. */
const REPLAY_MS = 60_000;
const ELSEWHERE = 'https://example.com/hooks';
const HEADERS = { 'X-Conformance': 'secret-of-the-receiver' };

const create = async (service: Service, input: object, headers: Record<string, string> = {}) => {
  const answer = await service.api<Endpoint>('POST', ENDPOINTS, input, { headers });
  if (answer.status === 403) service.skip('the key does not hold admin, which makes endpoints');
  return answer;
};
const act = async <T = Endpoint>({ api }: Service, { id }: Endpoint, action: string, body?: object): Promise<T> => {
  const answer = await api<T>('POST', `${ENDPOINTS}${id}/${action}`, body);
  expectStatus(answer, 200, action);
  return answer.body;
};
/** One at the receiver, on a path of its own. */
const receiving = async (service: Service, rule: Rule = 200): Promise<Endpoint> => {
  const path = `/${service.tag}/${crypto.randomUUID()}`;
  service.receiver.behave(path, rule);
  const answer = await create(service, { url: service.receiver.url(path), headers: HEADERS });
  expectStatus(answer, 201, 'POST /endpoints/');
  return answer.body;
};
const pathOf = ({ url }: Endpoint): string => new URL(url).pathname;
/** The one webhook that its receiver has. */
const onlyOf = (service: Service, endpoint: Endpoint): Received => {
  const [received, ...more] = service.receiver.received(pathOf(endpoint));
  ok(received, 'nothing arrived');
  equal(more.length, 0, 'it arrived more than once');
  return received;
};
const expectSignedBy = (endpoint: Endpoint, received: Received, what: string): void => {
  ok(verifies(endpoint.secret ?? '', received), `${what}: v1 does not verify with the endpoint's secret`);
  ok(verifiesV1a(endpoint.public_key, received), `${what}: v1a does not verify with its public key`);
};

export const endpoints = [
  check('its secret is in the answer that makes it alone, and its headers’ values in none', async (service) => {
    const key = { 'idempotency-key': service.tag };
    const input = { url: ELSEWHERE, description: service.tag, headers: HEADERS };
    const made = await create(service, input, key);
    expectStatus(made, 201);
    const { secret, ...rest } = made.body;
    match(secret ?? '', /^whsec_[A-Za-z0-9+/]{32,}=*$/);
    match(rest.public_key, /^whpk_[A-Za-z0-9+/]{43}=$/);
    deepEqual([rest.state, rest.header_names], ['enabled', ['x-conformance']]);
    const path = `${ENDPOINTS}${rest.id}`;
    equal(linkedPath(made.headers.get('location')), path);
    const again = await create(service, input, key);
    deepEqual([again.status, again.headers.get('idempotent-replayed'), again.body], [201, 'true', rest]);
    const read = await service.api<Endpoint>('GET', path);
    deepEqual([read.status, read.body, read.headers.get('etag')], [200, rest, `"${rest.version}"`]);
    const listed = await service.until('it is listed', async () => {
      const { body } = await service.api<Endpoint[]>('GET', `${ENDPOINTS}?limit=100`);
      return body.find(({ id }) => id === rest.id);
    });
    deepEqual(listed, rest);
    for (const { text } of [made, again, read])
      ok(!text.includes(HEADERS['X-Conformance']), 'a header’s value is shown');
  }),

  check('changed by merge under If-Match, and gone once it is deleted', async (service) => {
    const made = await create(service, { url: ELSEWHERE, headers: HEADERS });
    expectStatus(made, 201);
    const path = `${ENDPOINTS}${made.body.id}`;
    const patch = (body: object, version: number) =>
      service.api<Endpoint>('PATCH', path, body, { headers: { 'if-match': `"${version}"` } });
    const changed = await patch(
      { headers: { 'x-conformance': null, 'x-other': '1' }, rate_limit: 5 },
      made.body.version,
    );
    expectStatus(changed, 200);
    deepEqual([changed.body.header_names, changed.body.rate_limit], [['x-other'], 5]);
    expectProblem(await patch({ rate_limit: 6 }, made.body.version), 'precondition-failed');
    expectProblem(await patch({ url: 'gopher://example.com/' }, changed.body.version), 'validation-failed', ['/url']);
    expectStatus(await service.api('DELETE', path), 204, 'DELETE');
    expectProblem(await service.api('GET', path), 'not-found');
    const named = {
      notification_type: service.type,
      entity_id: service.tag,
      send_at: service.at(0),
      endpoint_id: made.body.id,
    };
    expectProblem(await service.api('POST', '/api/v1/notifications/', named), 'validation-failed', ['/endpoint_id']);
  }),

  check('an endpoint that breaks a rule: 400 names the field', async (service) => {
    const wrong: [object, string][] = [
      [{}, '/url'],
      [{ url: 'file:///etc/passwd' }, '/url'],
      [{ url: 'https://user:secret@example.com/' }, '/url'],
      [{ url: ELSEWHERE, secret: 'whsec_short' }, '/secret'],
      [{ url: ELSEWHERE, headers: { 'Content-Length': '1' } }, '/headers/Content-Length'],
      [{ url: ELSEWHERE, rate_limit: 0 }, '/rate_limit'],
    ];
    for (const [input, pointer] of wrong) {
      const answer = await create(service, input);
      ok(answer.status === 400, `${JSON.stringify(input)}: ${answer.status} instead of 400`);
      const pointers = expectProblem(answer, 'validation-failed').errors?.map((one) => one.pointer);
      deepEqual(pointers, [pointer], JSON.stringify(input));
    }
  }),

  check('a test sends one signed message with its headers, and says what came back', { needs }, async (service) => {
    const endpoint = await receiving(service, 503);
    const result = await act<Record<string, unknown>>(service, endpoint, 'test');
    deepEqual([result.outcome, result.http_status], ['retry', 503]);
    const received = onlyOf(service, endpoint);
    expectSignedBy(endpoint, received, 'the test');
    equal(received.headers['x-conformance'], HEADERS['X-Conformance']);
    const { type, data } = JSON.parse(received.text) as { type: string; data: { endpoint_id: string } };
    deepEqual([type, data.endpoint_id], ['endpoint.test', endpoint.id]);
  }),

  check('what names it is signed by its own keys, and while they rotate by old and new', { needs }, async (service) => {
    const endpoint = await receiving(service);
    const rotated = await act(service, endpoint, 'rotate-secret', { overlap_seconds: 3_600 });
    ok(
      rotated.secret !== undefined && rotated.secret !== endpoint.secret,
      'the new secret is not shown, or is the old',
    );
    const made = await service.create({ send_at: service.at(0), endpoint_id: endpoint.id });
    await service.untilIs(made.id, 'SENT');
    const received = onlyOf(service, endpoint);
    expectSignedBy(endpoint, received, 'the older keys');
    expectSignedBy(rotated, received, 'the newer keys');
    deepEqual(service.verified(received).filter(Boolean), [], 'the service’s own secret signs it too');
    deepEqual([received.id, received.headers['x-conformance']], [made.id, HEADERS['X-Conformance']]);
  }),

  check(
    'while it is disabled what it was to get is dead, and says why; enabled with a replay it arrives, once',
    { needs, timeoutMs: 120_000 },
    async (service) => {
      const endpoint = await receiving(service);
      equal((await act(service, endpoint, 'disable')).state, 'disabled');
      const made = await service.create({ send_at: service.at(0), endpoint_id: endpoint.id });
      const failed = await service.untilIs(made.id, 'FAILED');
      deepEqual(failed.channels.webhook?.last_error, 'endpoint_disabled');
      const letters = async () =>
        (await service.api<DeadLetter[]>('GET', `${LETTERS}?${new URLSearchParams({ endpoint_id: endpoint.id })}`))
          .body;
      const [letter] = await service.until('it is listed as dead', async () => {
        const found = await letters();
        return found.length > 0 && found;
      });
      deepEqual([letter?.notification_id, letter?.reason], [made.id, 'endpoint_disabled']);
      equal(service.receiver.received(pathOf(endpoint)).length, 0, 'a disabled endpoint got something');
      const { state, replay_job_id: job } = await act(service, endpoint, 'enable', { replay: true });
      equal(state, 'enabled');
      await service.untilIs(made.id, (n: Notification) => n.status === 'SENT', { deadlineMs: REPLAY_MS });
      expectSignedBy(endpoint, onlyOf(service, endpoint), 'the replay');
      const done = await service.until('the replay is done', async () => {
        const { body } = await service.api<RedriveJob>('GET', `${LETTERS}redrive/${job}`);
        return body.status === 'DONE' && body;
      });
      deepEqual([done.matched, done.redriven], [1, 1]);
    },
  ),
];
