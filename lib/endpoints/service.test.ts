import { describe, expect, it } from 'vitest';
import { redriveKind } from '../dead-letters/redrive-job.ts';
import { makeDeadLetterService } from '../dead-letters/service.ts';
import type { ServiceError } from '../errors.ts';
import { failedNotification, makeDeadLetterPorts } from '../testing/dead-letters.ts';
import type { NewEndpoint } from './endpoint-requests.ts';
import { type EndpointHealth, HEALTHY } from './health.ts';
import { makeEndpointService } from './service.ts';

const tenant = 'acme';
const url = 'https://example.com/hooks';
const DAY_MS = 86_400_000;
const ENDPOINTS_MAX = 5;
const SETTLE_MS = 25_000;

const setUp = () => {
  const ports = makeDeadLetterPorts();
  const learnt = new Map<string, EndpointHealth>();
  const health = {
    getAll: async (ids: string[]) =>
      new Map(ids.flatMap((id) => (learnt.has(id) ? [[id, learnt.get(id) ?? HEALTHY]] : []))),
    forget: async (id: string) => void learnt.delete(id),
  };
  const service = makeEndpointService({
    ...ports,
    count: async (whose, max) => (await ports.endpoints.list({ tenant: whose, limit: max })).items.length,
    endpointsMax: ENDPOINTS_MAX,
    health,
    deadLetters: makeDeadLetterService(ports),
    webhook: { allowPrivate: false, allowHttp: false },
    settleMs: SETTLE_MS,
  });
  const create = (input: Partial<NewEndpoint> = {}, idempotencyKey?: string) =>
    service.create({ input: { url, ...input }, tenant, ...(idempotencyKey !== undefined && { idempotencyKey }) });
  const stored = (id: string) => ports.memoryEndpoints.read(id);
  /** A delivery to the endpoint that ended FAILED now. */
  const die = (id: string, endpointId: string) => {
    const webhook = {
      to: endpointId,
      state: 'failed' as const,
      attempts: 1,
      roundFrom: 0,
      lastError: 'endpoint_disabled',
    };
    ports.stored.notifications.write(failedNotification(id, ports.clock.now(), { tenant, channels: { webhook } }));
  };
  return { ...ports, learnt, service, create, stored, die };
};

const refused = (work: Promise<unknown>): Promise<ServiceError> =>
  work.then(
    () => Promise.reject(new Error('expected a refusal')),
    (error: ServiceError) => error,
  );

describe('create', () => {
  it('stops at as many as a tenant may have; a repetition is still answered, and deleting one allows another', async () => {
    const { create, service } = setUp();
    const first = await create({}, 'key');
    const made = await Promise.all(Array.from({ length: ENDPOINTS_MAX - 1 }, () => create()));
    const refusal = await refused(create());
    expect([refusal.code, refusal.detail]).toEqual(['limit-reached', expect.stringContaining('5 endpoints')]);
    expect((await refused(create({}, 'another key'))).code).toBe('limit-reached');
    expect(await create({}, 'key')).toMatchObject({ replayed: true, endpoint: { id: first.endpoint.id } });
    expect((await service.create({ input: { url }, tenant: 'other' })).endpoint.tenant).toBe('other');
    await service.remove({ id: made[0]?.endpoint.id ?? '', tenant });
    expect((await create()).replayed).toBe(false);
  });

  it('stores it with keys of its own, in its tenant', async () => {
    const { create, stored, service } = setUp();
    const [a, b] = [await create({ headers: { authorization: 'Bearer b' }, rate_limit: 5 }), await create()];
    expect(stored(a.endpoint.id)).toEqual(a.endpoint);
    expect(a).toMatchObject({ replayed: false, health: HEALTHY, endpoint: { tenant, url, rateLimit: 5, version: 1 } });
    expect(a.endpoint.keys).toHaveLength(1);
    expect(a.endpoint.keys[0]?.secret).not.toBe(b.endpoint.keys[0]?.secret);
    expect((await refused(service.get({ id: a.endpoint.id, tenant: 'other' }))).code).toBe('not-found');
    expect((await service.list({ tenant: 'other', limit: 10 })).items).toEqual([]);
  });

  it.each(['http://example.com/', 'https://127.0.0.1/', 'https://localhost/', 'https://a:b@example.com/', 'nothing'])(
    'refuses the URL %s by name',
    async (given) => {
      const { create, memoryEndpoints } = setUp();
      expect((await refused(create({ url: given }))).errors).toMatchObject([{ pointer: '/url' }]);
      expect(memoryEndpoints.raw()).toEqual([]);
    },
  );

  it('with a key: the same again is the first one as it is now, another body is refused, two at once are one', async () => {
    const { create, service, memoryEndpoints } = setUp();
    const made = await Promise.all([create({}, 'k'), create({}, 'k'), create({}, 'k')]);
    expect(made.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(new Set(made.map(({ endpoint }) => endpoint.keys[0]?.secret)).size).toBe(1);
    const { id } = made[0].endpoint;
    await service.disable({ id, tenant });
    expect(await create({}, 'k')).toMatchObject({ replayed: true, endpoint: { id, disabledReason: 'manual' } });
    expect((await refused(create({ rate_limit: 1 }, 'k'))).code).toBe('idempotency-key-reused');
    await service.remove({ id, tenant });
    expect((await refused(create({}, 'k'))).code).toBe('idempotency-key-reused');
    expect(memoryEndpoints.raw()).toHaveLength(1);
  });
});

describe('a change', () => {
  it('is based on the version that If-Match names', async () => {
    const { create, service, stored } = setUp();
    const { id } = (await create()).endpoint;
    const patch = (description: string, ifMatch: string) =>
      service.patch({ id, tenant, patch: { description }, ifMatch });
    expect((await patch('a', '"1"')).endpoint.version).toBe(2);
    expect((await refused(patch('b', '"1"'))).code).toBe('precondition-failed');
    expect(stored(id)).toMatchObject({ description: 'a', version: 2 });
  });

  it('loses no other one made at the same time', async () => {
    const { create, service, stored } = setUp();
    const { id } = (await create()).endpoint;
    await Promise.all([
      service.patch({ id, tenant, patch: { description: 'd' } }),
      service.patch({ id, tenant, patch: { headers: { a: '1' } } }),
      service.patch({ id, tenant, patch: { headers: { b: '2' } } }),
      service.rotate({ id, tenant, input: {} }),
      service.disable({ id, tenant }),
    ]);
    expect(stored(id)).toMatchObject({
      description: 'd',
      headers: { a: '1', b: '2' },
      disabledReason: 'manual',
      version: 6,
    });
    expect(stored(id)?.keys).toHaveLength(2);
  });

  it('of the URL makes what was learnt of the old one forgotten; any other does not', async () => {
    const { create, service, learnt } = setUp();
    const { id } = (await create()).endpoint;
    const failing: EndpointHealth = { circuit: 'open', consecutiveFailures: 9, failingSince: 1, lastError: 'http_500' };
    learnt.set(id, failing);
    expect((await service.patch({ id, tenant, patch: { url, description: 'd' } })).health).toEqual(failing);
    expect((await service.patch({ id, tenant, patch: { url: 'https://example.org/' } })).health).toEqual(HEALTHY);
  });

  it('cannot lead to what a creation would refuse', async () => {
    const { create, service, stored } = setUp();
    const { id } = (await create({ headers: { a: 'x'.repeat(2_048), b: 'x'.repeat(2_048) } })).endpoint;
    const patch = (given: object) => refused(service.patch({ id, tenant, patch: given }));
    expect((await patch({ url: 'https://10.0.0.1/' })).errors).toMatchObject([{ pointer: '/url' }]);
    expect((await patch({ headers: { c: 'x'.repeat(2_048) } })).errors).toMatchObject([{ pointer: '/headers' }]);
    const more = Object.fromEntries(Array.from({ length: 19 }, (_, n) => [`x-${n}`, 'v']));
    expect((await patch({ headers: more })).errors).toMatchObject([{ pointer: '/headers' }]);
    expect(stored(id)?.version).toBe(1);
  });
});

describe('rotation', () => {
  it('keeps the old keys signing for a day, or as long as is said, by the business clock', async () => {
    const { create, service, stored, clock } = setUp();
    const { id, keys } = (await create()).endpoint;
    const rotated = await service.rotate({ id, tenant, input: {} });
    expect(rotated.endpoint.keys.map(({ secret }) => secret)).toEqual([expect.any(String), keys[0]?.secret]);
    expect(stored(id)?.keys[1]?.until).toBe(clock.now() + DAY_MS);
    const secret = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;
    const given = await service.rotate({ id, tenant, input: { secret, overlap_seconds: 0 } });
    expect(given.endpoint.keys).toMatchObject([{ secret }]);
  });
});

describe('deletion', () => {
  it('is final for every caller, and stays known to deliveries for the retention', async () => {
    const { create, service, stored, clock } = setUp();
    const address = { id: (await create()).endpoint.id, tenant };
    await service.remove(address);
    expect(stored(address.id)?.deletedAt).toBe(clock.now());
    const again = [service.get(address), service.remove(address), service.enable({ ...address, replay: true })];
    for (const work of again) expect((await refused(work)).code).toBe('not-found');
    expect((await service.list({ tenant, limit: 10 })).items).toEqual([]);
    clock.pass(30 * DAY_MS);
    expect(stored(address.id)).toBeUndefined();
  });
});

describe('enabling', () => {
  it('starts with a clean record; of one that is enabled it changes nothing', async () => {
    const { create, service, learnt } = setUp();
    const address = { id: (await create()).endpoint.id, tenant };
    const failing: EndpointHealth = { circuit: 'open', consecutiveFailures: 9, failingSince: 1 };
    learnt.set(address.id, failing);
    expect(await service.enable({ ...address, replay: false })).toMatchObject({
      health: failing,
      endpoint: { version: 1 },
    });
    await service.disable(address);
    expect(await service.enable({ ...address, replay: false })).toMatchObject({
      health: HEALTHY,
      endpoint: { version: 3 },
    });
  });

  it('with a replay orders a redrive of what died here since it was disabled, or began to fail before that, and of nothing else', async () => {
    const { create, service, learnt, clock, die, stored, jobs, replayed } = setUp();
    const [{ id }, other] = [(await create()).endpoint, (await create()).endpoint];
    die('ntf_long_before', id);
    clock.pass(6_000);
    learnt.set(id, { circuit: 'open', consecutiveFailures: 3, failingSince: clock.now() });
    die('ntf_failing', id);
    clock.pass(1_000);
    await service.disable({ id, tenant });
    expect(stored(id)?.replayFrom).toBe(clock.now() - 1_000);
    die('ntf_disabled', id);
    die('ntf_elsewhere', other.id);
    clock.pass(1_000);
    const { replayJobId = '' } = await service.enable({ id, tenant, replay: true });
    expect(await jobs.findOf(redriveKind, { id: replayJobId, tenant })).toMatchObject({
      kind: 'replay',
      matched: 2,
      asOf: clock.now() + SETTLE_MS,
      filters: { endpointId: id, since: (stored(id)?.replayFrom ?? 0) - 5_000 },
    });
    expect(replayed).toEqual([replayJobId]);
    // A caller that got no answer asks again.
    expect((await service.enable({ id, tenant, replay: true })).replayJobId).toMatch(/^job_/);
  });

  it('with a replay of what never was disabled and does not fail orders none', async () => {
    const { create, service, die } = setUp();
    const { id } = (await create()).endpoint;
    die('ntf_1', id);
    expect(await service.enable({ id, tenant, replay: true })).not.toHaveProperty('replayJobId');
  });

  it('with a replay of more than one redrive takes says so, and is enabled all the same', async () => {
    const { create, service, stored, deadLetters } = setUp();
    const { id } = (await create()).endpoint;
    await service.disable({ id, tenant });
    deadLetters.count = async () => undefined;
    const error = await refused(service.enable({ id, tenant, replay: true }));
    expect(error.errors).toMatchObject([{ pointer: '/replay' }]);
    expect(stored(id)).not.toHaveProperty('disabledAt');
  });
});
