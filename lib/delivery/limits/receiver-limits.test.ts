import { describe, expect, it } from 'vitest';
import type { SendResult } from '../../channels/channel.ts';
import { deleteEndpoint, disableEndpoint, enableEndpoint } from '../../endpoints/state/endpoint-state.ts';
import { makeKeys } from '../../schema/signing-keys.ts';
import { makeTestClock } from '../../testing/clock.ts';
import { makeMemoryLimitStores } from '../../testing/memory-limit-stores.ts';
import { DOWN, HOUR_MS, ID, passed, put, request, type Scene, SENT, setUp } from './receiver-limits.testing.ts';
import type { EntryRequest } from './repository.ts';

const GONE: SendResult = { outcome: 'failed', error: 'http_410', httpStatus: 410 };

/** Enters and releases with a result, until the limits refuse; how often they let it pass. */
const sendUntilRefused = async (
  { receiverLimits }: Pick<Scene, 'receiverLimits'>,
  result: SendResult,
): Promise<number> => {
  for (let sent = 0; sent < 100; sent += 1) {
    const entry = await receiverLimits.enter(request);
    if (entry.outcome !== 'pass') return sent;
    await entry.release(result);
  }
  throw new Error('never refused');
};

describe('what the limits of a receiver let pass', () => {
  it('e-mail, SMS and raw URLs, as they are, without asking any store', async () => {
    const { receiverLimits, stores, endpoints } = await setUp();
    endpoints.store.get = () => Promise.reject(new Error('asked'));
    for (const [channel, to] of [
      ['email', 'a@b.c'],
      ['sms', '+4915112345678'],
      ['webhook', 'https://x.example/'],
    ] as const) {
      const entry = passed(await receiverLimits.enter({ tenant: 'acme', channel, to }));
      expect(entry.to).toBe(to);
      expect(entry).not.toHaveProperty('webhook');
      await entry.release(DOWN);
    }
    expect(stores.writes).toEqual({ circuits: 0, rates: 0, slots: 0 });
  });

  it('of a provider that hangs only so many at once, so that the others go on', async () => {
    const { receiverLimits } = await setUp();
    const mail = () => receiverLimits.enter({ tenant: 'acme', channel: 'email', to: `${Math.random()}@b.c` });
    for (let n = 0; n < 64; n += 1) passed(await mail());
    const [sms, webhook, beyond] = await Promise.all([
      receiverLimits.enter({ tenant: 'acme', channel: 'sms', to: '+4915112345678' }),
      receiverLimits.enter({ tenant: 'acme', channel: 'webhook', to: 'https://x.example/' }),
      mail(),
    ]);
    expect([sms.outcome, webhook.outcome]).toEqual(['pass', 'pass']);
    expect(beyond).toMatchObject({ outcome: 'deferred', error: 'receiver_busy' });
  });

  it.each(['https://x.example/', ID])(
    'of %s fewer, when its answers do not end, successes though they are',
    async (to) => {
      const { receiverLimits } = await setUp();
      const enter = () => receiverLimits.enter({ tenant: 'acme', channel: 'webhook', to });
      const first = await Promise.all(Array.from({ length: 64 }, async () => passed(await enter())));
      for (const entry of first) await entry.release(SENT, { isCut: true });
      for (let n = 0; n < 4; n += 1) passed(await enter());
      expect(await enter()).toMatchObject({ outcome: 'deferred', error: 'receiver_busy' });
    },
  );

  it('e-mail, when webhooks hold all that a tenant may', async () => {
    const { receiverLimits } = await setUp();
    for (let n = 0; n < 500; n += 1)
      passed(await receiverLimits.enter({ tenant: 'acme', channel: 'webhook', to: `https://x${n}.example/` }));
    const last = await receiverLimits.enter({ tenant: 'acme', channel: 'webhook', to: 'https://y.example/' });
    expect(last.outcome).toBe('deferred');
    for (let n = 0; n < 64; n += 1)
      passed(await receiverLimits.enter({ tenant: 'acme', channel: 'email', to: 'a@b.c' }));
  });

  it('an endpoint’s deliveries, with its URL, the keys that sign now, its headers and its schedule, without a write', async () => {
    const now = makeTestClock().now();
    const [newest, overlapping, over] = [makeKeys(), { ...makeKeys(), until: now + 1 }, { ...makeKeys(), until: now }];
    const { receiverLimits, stores } = await setUp({ keys: [newest, overlapping, over], retrySchedule: [0, 7] });
    const entry = passed(await receiverLimits.enter(request));
    expect(entry).toMatchObject({
      to: 'https://hooks.example.com/a',
      webhook: { headers: { 'x-a': 'b' } },
      scheduleSeconds: [0, 7],
    });
    expect(entry.webhook?.keys).toEqual([newest, overlapping]);
    await entry.release(SENT);
    expect(stores.writes).toEqual({ circuits: 0, rates: 0, slots: 0 });
  });

  it('no delivery to an endpoint that is disabled, deleted, unknown or another tenant’s', async () => {
    const { change, stamp, worker } = await setUp();
    const answerNow = (changed: Partial<EntryRequest> = {}) => worker().enter({ ...request, ...changed });
    expect(await answerNow({ tenant: 'other' })).toEqual({ outcome: 'failed', error: 'endpoint_deleted' });
    expect(await answerNow({ to: `end_${'1'.repeat(26)}` })).toEqual({ outcome: 'failed', error: 'endpoint_deleted' });
    await change((endpoint) => disableEndpoint(endpoint, 'manual', undefined, stamp()));
    expect(await answerNow()).toEqual({ outcome: 'failed', error: 'endpoint_disabled' });
    await change((endpoint) => deleteEndpoint(endpoint, HOUR_MS, stamp()));
    expect(await answerNow()).toEqual({ outcome: 'failed', error: 'endpoint_deleted' });
  });

  it('by settings that are at most five seconds old', async () => {
    const { change, clock, receiverLimits, stamp } = await setUp();
    await passed(await receiverLimits.enter(request)).release(SENT);
    await change((endpoint) => disableEndpoint(endpoint, 'manual', undefined, stamp()));
    clock.pass(5_000);
    expect(await receiverLimits.enter(request)).toMatchObject({ outcome: 'failed' });
  });

  it('as soon as it is enabled again: none is refused by settings that are old', async () => {
    const { change, receiverLimits, stamp } = await setUp();
    await change((endpoint) => disableEndpoint(endpoint, 'manual', undefined, stamp()));
    expect(await receiverLimits.enter(request)).toMatchObject({ outcome: 'failed', error: 'endpoint_disabled' });
    await change((endpoint) => enableEndpoint(endpoint, stamp()));
    await passed(await receiverLimits.enter(request)).release(SENT);
  });
});

describe('an endpoint that fails', () => {
  it('is left alone by every worker after five failures, until a probe succeeds', async () => {
    const scene = await setUp();
    const { clock, receiverLimits, worker } = scene;
    expect(await sendUntilRefused(scene, DOWN)).toBe(5);
    const entry = put(await worker().enter(request));
    expect(entry).toMatchObject({ error: 'circuit_open' });
    expect(entry.until).toBeGreaterThan(clock.now() + 30_000);
    clock.pass(30_000);
    const probe = passed(await receiverLimits.enter(request));
    expect(put(await worker().enter(request)).until).toBeGreaterThan(clock.now());
    await probe.release(SENT);
    await passed(await worker().enter(request)).release(SENT);
    expect(await scene.stores.circuits.get(ID)).toBeUndefined();
  });

  it('is given back the probe of one that sent nothing, or failed by our own fault', async () => {
    const scene = await setUp();
    await sendUntilRefused(scene, DOWN);
    scene.clock.pass(30_000);
    await passed(await scene.receiverLimits.enter(request)).release();
    await passed(await scene.worker().enter(request)).release({ outcome: 'retry', error: 'channel_error' });
    await passed(await scene.worker().enter(request)).release({ outcome: 'failed', error: 'url_not_allowed' });
    expect(await scene.stores.circuits.get(ID)).toMatchObject({ failures: 5, opens: 1 });
    passed(await scene.worker().enter(request));
  });

  it('with 410 is disabled at once, counted and logged once, without a word about its URL', async () => {
    const { receiverLimits, endpoints, recording, logged } = await setUp();
    const entries = await Promise.all([1, 2, 3].map(() => receiverLimits.enter(request)));
    await Promise.all(entries.map((entry) => passed(entry).release(GONE)));
    expect(endpoints.read(ID)).toMatchObject({ disabledReason: 'gone' });
    expect(await receiverLimits.enter(request)).toEqual({ outcome: 'failed', error: 'endpoint_disabled' });
    expect(recording.calls.filter(({ verb }) => verb === 'endpointDisabled')).toEqual([
      { verb: 'endpointDisabled', args: [{ reason: 'gone' }] },
    ]);
    expect(JSON.stringify(logged)).toContain('endpoint.disabled');
    expect(JSON.stringify(logged)).not.toContain('hooks.example.com');
  });

  it('with 410 at an address that it has left meanwhile is not disabled', async () => {
    const { receiverLimits, endpoints, change, stamp } = await setUp();
    const entry = passed(await receiverLimits.enter(request));
    await change((endpoint) => ({ ...endpoint, url: 'https://elsewhere.example/', ...stamp() }));
    await entry.release(GONE);
    expect(endpoints.read(ID)).not.toHaveProperty('disabledAt');
  });

  const failFor = async (scene: Scene, hours: number): Promise<void> => {
    await sendUntilRefused(scene, DOWN);
    for (let n = 0; n < hours; n += 1) {
      scene.clock.pass(HOUR_MS);
      const entry = await scene.receiverLimits.enter(request);
      if (entry.outcome === 'pass') await entry.release(DOWN);
    }
  };

  it('for five days without a single success is disabled, and says since when', async () => {
    const scene = await setUp();
    const began = scene.clock.now();
    await failFor(scene, 119);
    expect(scene.endpoints.read(ID)).not.toHaveProperty('disabledAt');
    await failFor(scene, 1);
    expect(scene.endpoints.read(ID)).toMatchObject({ disabledReason: 'failing', replayFrom: began });
  });

  it('is given as long again after one success, and after a change by its owner', async () => {
    const scene = await setUp();
    await failFor(scene, 119);
    scene.clock.pass(HOUR_MS);
    await passed(await scene.receiverLimits.enter(request)).release(SENT);
    await failFor(scene, 119);
    expect(scene.endpoints.read(ID)).not.toHaveProperty('disabledAt');
    await scene.change((endpoint) => ({ ...endpoint, updatedAt: scene.clock.now(), writeId: 'changed' }));
    await failFor(scene, 119);
    expect(scene.endpoints.read(ID)).not.toHaveProperty('disabledAt');
  });
});

describe('stores that do not answer', () => {
  it('put a delivery off for half a minute, within two seconds, and hold nothing', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const hanging = makeMemoryLimitStores();
    const slots = {
      ...hanging.slots,
      acquire: async (...args: Parameters<typeof hanging.slots.acquire>) => {
        await held;
        return hanging.slots.acquire(...args);
      },
    };
    const { clock, receiverLimits } = await setUp({ maxConcurrency: 2 }, { slots });
    const began = performance.now();
    const entry = put(await receiverLimits.enter(request));
    expect(performance.now() - began).toBeLessThan(4_000);
    expect(entry).toEqual({ outcome: 'deferred', error: 'gate_unavailable', until: clock.now() + 30_000 });
    release();
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(hanging.held.size).toBe(0);
    expect(hanging.writes.slots).toBe(2);
  });

  it('make no delivery wait that has been sent', async () => {
    const failing = () => Promise.reject(new Error('down'));
    const stores = makeMemoryLimitStores();
    const { receiverLimits, logged } = await setUp({}, { circuits: { ...stores.circuits, replace: failing } });
    await passed(await receiverLimits.enter(request)).release(DOWN);
    expect(logged.map(({ level }) => level)).toContain('warn');
    const refused = await setUp({}, { circuits: { ...stores.circuits, get: failing } });
    expect(put(await refused.receiverLimits.enter(request)).error).toBe('gate_unavailable');
  });
});

it('what was put off keeps its place in the row even when what it held cannot be given back', async () => {
  const stores = makeMemoryLimitStores();
  let asked = 0;
  const circuits = {
    ...stores.circuits,
    replace: async (...args: Parameters<typeof stores.circuits.replace>) => {
      asked += 1;
      // Another worker was faster with the probe.
      if (args[1]?.probe) await stores.circuits.replace(args[0], { ...args[1], writeId: 'theirs' }, args[2]);
      return stores.circuits.replace(...args);
    },
  };
  const slots = { ...stores.slots, release: () => Promise.reject(new Error('down')) };
  const scene = await setUp({ rateLimit: 1_000, maxConcurrency: 9 }, { ...stores, circuits, slots });
  const open = { failures: 5, failingSince: 1, lastFailedAt: 1, lastError: 'x', opens: 1, openUntil: 1, writeId: 'w' };
  await stores.circuits.replace(ID, open, undefined);
  const entry = put(await scene.receiverLimits.enter(request));
  expect([entry.error, entry.slotAt, asked]).toEqual(['circuit_open', scene.clock.now(), 1]);
});
