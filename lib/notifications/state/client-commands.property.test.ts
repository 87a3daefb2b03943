/**
 * The real services over in-memory ports, interleaved at every await by fast-check's choices, with
 * refusals, lost answers, deaths, duplicates, losses and clocks that move. The laws are in
 * testing/laws.ts and testing/world.ts.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SendResult } from '../../channels/channel.ts';
import type { Entry } from '../../delivery/limits/repository.ts';
import { ServiceError } from '../../errors.ts';
import { omitUndefined } from '../../schema/omit-undefined.ts';
import { calm } from '../../testing/calm.ts';
import { FAULTS, settled } from '../../testing/checkpoints.ts';
import { makeWorld, TENANT, type World } from '../../testing/world.ts';
import { IF_PAST } from '../due-time.ts';
import type { Notification } from '../notification.ts';
import type { NotificationPatch } from '../notification-patch.ts';
import type { Window } from '../window.ts';

const DUE_IN_MS = [0, 300, 1_500, 60_000, 899_000, 1_200_000, 3 * 86_400_000];
const PASSING_MS = [1, 400, 999, 5_000, 6_000, 31_000, 200_000, 1_000_000, 3_600_000, 86_400_000];
const ANSWERS: SendResult[] = [
  { outcome: 'sent', httpStatus: 200 },
  { outcome: 'retry', error: 'http_503', httpStatus: 503 },
  { outcome: 'retry', error: 'http_429', httpStatus: 429, retryAfterMs: 3_600_000 },
  { outcome: 'failed', error: 'http_410', httpStatus: 410 },
];
const ENTRIES: ((now: number) => Entry)[] = [
  (now) => ({ outcome: 'deferred', error: 'circuit_open', until: now + 31_000 }),
  (now) => ({ outcome: 'deferred', error: 'rate_limited', until: now + 400, slotAt: now + 400 }),
  (now) => ({ outcome: 'deferred', error: 'rate_limited', until: now + 1_000_000, slotAt: now + 1_000_000 }),
  // One that was long ago is now.
  (now) => ({ outcome: 'deferred', error: 'concurrency_limited', until: now - 5_000 }),
  () => ({ outcome: 'failed', error: 'endpoint_disabled' }),
  () => ({ outcome: 'stopped', error: 'not_allowed' }),
];
const RECIPIENTS = [
  { email: 'a@example.com' },
  { email: 'a@example.com', phone: '9999912345', webhook_url: 'http://127.0.0.1:1/hook' },
  { phone: '9999912345', webhook_url: 'http://127.0.0.1:1/hook', priority: 'bulk' as const },
];

/** The world begins on a Sunday at 12:00 UTC. */
const WINDOWS: Window[] = [
  { from: '12:00', until: '12:01' },
  { from: '12:05', until: '12:04' },
  { days: ['mon', 'wed'], from: '22:00', until: '02:00', timezone: 'Europe/Berlin' },
  { from: '11:00', until: '12:03', outside: 'drop' },
  { from: '12:00', until: '12:20', outside: 'drop' },
];
const EXPIRES_AFTER = ['PT1S', 'PT6S', 'PT10M', 'P2DT1H'];

/** Choices are consumed one by one; shrinking shortens the list, and an exhausted one ends the disorder. */
const makeChooser = (choices: number[]) => {
  let used = 0;
  const below = (limit: number): number => (choices[used++] ?? 0) % limit;
  return {
    below,
    of: <T>(values: readonly T[]): T => values[below(values.length)] as T,
    exhausted: () => used >= choices.length,
  };
};
type Chooser = ReturnType<typeof makeChooser>;

interface Accepted {
  ids: string[];
}

const codeOf = (result: { value: unknown } | { error: unknown }): string =>
  'value' in result ? 'ok' : result.error instanceof ServiceError ? result.error.code : 'crash';

/** 200: never attempted, never will be. 409: claimed for sending. Anything else: no answer, or it is gone. */
const checkCancel = (world: World, id: string, result: { value: unknown } | { error: unknown }): void => {
  const code = codeOf(result);
  const item = world.memory.read(id);
  if (code === 'ok') {
    world.recorder.canceled.add(id);
    if (item) assert.equal(item.status, 'CANCELED');
    assert.ok(!world.recorder.wasClaimed(id), 'what was canceled with 200 had never been claimed');
  } else if (code === 'already-ended' && item) {
    assert.deepEqual([item.status, item.statusReason], ['FAILED', 'expired']);
  } else if (code !== 'crash' && code !== 'unavailable' && item) {
    assert.equal(code, 'already-attempted');
    assert.notEqual(item.firstClaimedAt, undefined, '409 means claimed');
  }
};

/** 200: not claimed yet when it was written. `already-attempted`: claimed. */
const checkEdit = (world: World, id: string, result: { value: Notification } | { error: unknown }): void => {
  const item = world.memory.read(id);
  if ('value' in result) {
    const { subject, body, data, firstClaimedAt } = result.value;
    assert.equal(firstClaimedAt, undefined, 'what was claimed is not edited');
    if (subject !== undefined)
      assert.deepEqual([body, data], [subject, { token: subject }], 'an edit is no mix of two');
  }
  if (codeOf(result) === 'already-attempted' && item) assert.notEqual(item.firstClaimedAt, undefined);
};

/** Each gives all of the text, some of the recipients, a time, which may have passed, or its bounds. */
const patchOf = (world: World, choose: Chooser): NotificationPatch => {
  const token = `text ${choose.below(1_000)}`;
  const text = { subject: token, body: token, data: { token } };
  const at = new Date(world.clock.now() + choose.of(DUE_IN_MS)).toISOString();
  const passed = { target_date: at, lead_time_days: 30, if_past: choose.of(IF_PAST) };
  const patches: NotificationPatch[] = [
    ...[{ send_at: at }, text, text, text, { ...text, send_at: at }, passed, { ...text, ...passed, phone: null }],
    ...[{ email: `${choose.below(9)}@example.com` }, { phone: null, email: 'b@example.com' }, { webhook_url: null }],
    ...[{ phone: '9999912346', webhook_url: 'http://127.0.0.1:1/other' }, { email: null }],
    ...[{ window: choose.of(WINDOWS) }, { expires_after: choose.of(EXPIRES_AFTER) }],
    ...[{ window: { outside: null } }, { send_at: at, window: null, expires_after: null, email: 'c@example.com' }],
  ];
  return choose.of(patches);
};

const command = (world: World, choose: Chooser, id: string): void => {
  const address = { id, tenant: TENANT };
  const commands = [
    () =>
      world.api(
        (service) => service.cancel(address),
        (result) => checkCancel(world, id, result),
      ),
    () =>
      world.api(
        (service) => service.edit({ ...address, patch: patchOf(world, choose) }),
        (result) => checkEdit(world, id, result),
      ),
    () => world.api((service) => service.stop(address)),
    () => world.api((service) => service.retry(address)),
  ];
  choose.of(commands)();
};

const create = (world: World, choose: Chooser, accepted: Accepted, idempotencyKey: string): void => {
  const at = new Date(world.clock.now() + choose.of(DUE_IN_MS)).toISOString();
  const times = [{ send_at: at }, { send_at: at }, { target_date: at, if_past: choose.of(IF_PAST) }];
  const bounds = omitUndefined({
    window: choose.of([...WINDOWS, undefined, undefined, undefined, undefined, undefined]),
    expires_after: choose.of([...EXPIRES_AFTER, undefined, undefined, undefined, undefined]),
  });
  const about = { notification_type: 'user.signup', entity_id: 'e' };
  const input = { ...about, ...choose.of(times), ...choose.of(RECIPIENTS), ...bounds };
  const request = { input, tenant: TENANT, idempotencyKey };
  world.api(
    (service) => service.create(request),
    (result) => {
      if ('value' in result) accepted.ids.push(result.value.item.id);
    },
  );
};

const receiveOne = (world: World, choose: Chooser): void => {
  const queue = choose.of(['delivery', 'delivery', 'schedule', 'dead'] as const);
  const ready = world.ready(queue);
  if (ready.length === 0) return;
  const message = choose.of(ready);
  if (queue === 'dead') world.receiveDead(message);
  else world.receive(queue, message);
};

/**
 * What queues and schedules may do at any time: deliver twice, late, or what is long stale; fire
 * early; lose.
 */
const disturb = (world: World, choose: Chooser): void => {
  const { delivery, schedule } = world.queues;
  const disturbances = [
    () => {
      const body = world.history.length > 0 ? choose.of(world.history) : undefined;
      if (body?.kind === 'deliver') world.deliver(body, () => undefined);
    },
    () => {
      const item = choose.of(world.memory.all());
      if (item)
        world.deliver({ kind: 'deliver', id: item.id, seq: item.timerSeq, due: item.createdAt }, () => undefined);
    },
    () => delivery.splice(choose.below(delivery.length + 1), 1),
    () => schedule.splice(choose.below(schedule.length + 1), 1),
    () => world.entries.delete([...world.entries.keys()][choose.below(world.entries.size + 1)] ?? ''),
    () => world.fire([...world.entries.keys()][choose.below(world.entries.size + 1)] ?? ''),
  ];
  choose.of(disturbances)();
};

const openCheckpoint = (world: World, choose: Chooser): void => {
  if (world.checkpoints.waiting.length === 0) return;
  const checkpoint = choose.of(world.checkpoints.waiting);
  const answer = choose.of(ANSWERS);
  world.nextAnswer.of = () => answer;
  const entry = choose.of([...ENTRIES, undefined, undefined, undefined, undefined, undefined]);
  world.nextEntry.of = (request) => entry?.(world.clock.now()) ?? world.receiverLimits.pass(request);
  const faulty = choose.below(5) === 0;
  const fault = choose.of(FAULTS);
  const how = checkpoint.isSleep && (fault === 'refuse' || fault === 'loseAnswer') ? 'pass' : fault;
  checkpoint.open(faulty ? how : 'pass');
};

const step = (world: World, choose: Chooser, accepted: Accepted): void => {
  const ids = world.memory.all().map(({ id }) => id);
  const kind = choose.below(16);
  if (kind < 8) openCheckpoint(world, choose);
  else if (kind < 11) receiveOne(world, choose);
  else if (kind === 11 && ids.length > 0) command(world, choose, choose.of(ids));
  else if (kind === 12) world.reconcile();
  else if (kind === 13) world.clock.pass(choose.of(PASSING_MS));
  else if (kind === 14) disturb(world, choose);
  else if (choose.below(3) === 0) world.clock.advance(choose.of(PASSING_MS));
  else create(world, choose, accepted, `key-${choose.below(2)}`);
};

const run = async (choices: number[]): Promise<World> => {
  const world = makeWorld();
  const choose = makeChooser(choices);
  const accepted: Accepted = { ids: [] };
  create(world, choose, accepted, 'key-0');
  while (!choose.exhausted()) {
    await settled();
    step(world, choose, accepted);
    world.recorder.throwBroken();
  }
  await calm(world);
  world.recorder.checkEnd(accepted.ids);
  return world;
};

describe('a notification, in every order of events,', () => {
  it('ends everything accepted, sends each attempt once, and keeps the promise of every answer', async () => {
    const choices = fc.array(fc.nat(1_000_000), { minLength: 20, maxLength: 600, size: 'max' });
    await fc.assert(
      fc.asyncProperty(choices, async (list) => {
        await run(list);
      }),
      { numRuns: 250 },
    );
  });

  it('visits what it is meant to visit', async () => {
    const meant = ['SENT', 'FAILED', 'CANCELED', 'sent', 'retry', 'failed', 'unknown', 'stopped', 'deferred again'];
    meant.push('edited, SENT', 'edited, FAILED', 'past in version 1', 'past in version 2', 'not_allowed in version 2');
    const seen = new Set<string>();
    meant.push('expired, claimed', 'expired, never claimed', 'dropped, CANCELED', 'dropped, FAILED');
    meant.push('attempted in a window');
    for (let seed = 0; seed < 500 && !meant.every((one) => seen.has(one)); seed += 1) {
      const [list = []] = fc.sample(fc.array(fc.nat(1_000_000), { minLength: 400, maxLength: 600, size: 'max' }), {
        seed,
        numRuns: 1,
      });
      const world = await run(list);
      for (const deferred of world.recorder.deferrals.values()) if (deferred > 1) seen.add('deferred again');
      for (const item of world.memory.raw()) {
        seen.add(item.status);
        if (item.statusReason) seen.add(item.statusReason);
        if (item.window && item.attempts.length > 0) seen.add('attempted in a window');
        if (item.statusReason === 'expired')
          seen.add(item.firstClaimedAt ? 'expired, claimed' : 'expired, never claimed');
        if (item.statusReason === 'window') seen.add(`dropped, ${item.status}`);
        for (const { slotAt } of Object.values(item.channels)) assert.equal(slotAt, undefined, 'a place is used up');
        for (const { outcome } of item.attempts) seen.add(outcome);
        if (item.stoppedAt !== undefined) seen.add('stopped');
        if (item.subject !== undefined) seen.add(`edited, ${item.status}`);
        if (item.statusReason !== undefined) seen.add(`${item.statusReason} in version ${Math.min(item.version, 2)}`);
        if (item.returns > 0) seen.add('returned');
      }
    }
    expect([...seen]).toEqual(expect.arrayContaining(meant));
  });
});
