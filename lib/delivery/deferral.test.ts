/** What the limits of a receiver put off: in the machine, and in the service that asks them. */
import { describe, expect, it } from 'vitest';
import type { Deferral } from '../notifications/deferral.ts';
import type { Notification } from '../notifications/notification.ts';
import { makeNotificationService } from '../notifications/service.ts';
import * as machine from '../notifications/state/client-commands.ts';
import { claimed, finish, isLapsed, LAPSE_MARGIN_MS, takeOver } from '../notifications/state/worker-steps.ts';
import { viewNotification } from '../notifications/view.ts';
import { composeBlank } from '../testing/compose.ts';
import { checkWrite } from '../testing/laws.ts';
import { makeTestPorts } from '../testing/ports.ts';
import { at, claim, created, finished, moved, NOW, RETRY, SENT } from '../testing/states.ts';
import type { Entry, EntryRequest, Pass } from './limits/repository.ts';
import { makeDeliveryService } from './service.ts';

const LATER = NOW + 31_000;
const deferral = (changes: Partial<Deferral> = {}): Deferral => ({
  outcome: 'deferred',
  error: 'circuit_open',
  until: LATER,
  ...changes,
});

const webhook = { webhook: 'https://hooks.example.com/' };
/** The result of a claim of everything that is due. */
const endedWith = (item: Notification, result: Deferral | { outcome: 'sent' } | typeof RETRY, now = item.dueAt) => {
  const held = item.lease ? item : claim(item, now);
  const results = Object.fromEntries(
    Object.keys(held.channels).map((name) => [name, { startedAt: now, finishedAt: now, result }]),
  );
  const next = moved(finish(held, held.lease?.id ?? '', results, at(now)));
  checkWrite(held, next);
  return next;
};

describe('a delivery that is put off', () => {
  it('is no attempt: not counted, not listed, open until its time, and says why', () => {
    const item = endedWith(created(NOW, webhook).next, deferral());
    expect(item).toMatchObject({ status: 'RETRYING', dueAt: LATER, timerSeq: 2, attempts: [] });
    expect(item.channels.webhook).toEqual({
      to: webhook.webhook,
      state: 'retrying',
      attempts: 0,
      roundFrom: 0,
      nextAttemptAt: LATER,
      lastError: 'circuit_open',
    });
    expect(viewNotification(item).channels.webhook).toEqual({
      state: 'retrying',
      attempts: 0,
      next_attempt_at: new Date(LATER).toISOString(),
      last_error: 'circuit_open',
    });
  });

  it('however often, loses nothing of its retry schedule', () => {
    let item = created(NOW, webhook).next;
    for (let times = 0; times < 30; times += 1) item = endedWith(item, deferral({ until: item.dueAt + 60_000 }));
    item = endedWith(item, RETRY);
    expect(item.channels.webhook).toMatchObject({ attempts: 1, nextAttemptAt: item.updatedAt + 5_000 });
    item = endedWith(endedWith(item, deferral({ until: LATER + 10 ** 7 })), RETRY);
    expect(item.channels.webhook).toMatchObject({ attempts: 2, nextAttemptAt: item.updatedAt + 300_000 });
    expect(endedWith(item, RETRY)).toMatchObject({ status: 'FAILED', attempts: [{}, {}, {}] });
  });

  it('keeps its place in the row until its next attempt, through further deferrals', () => {
    let item = endedWith(created(NOW, webhook).next, deferral({ error: 'rate_limited', slotAt: LATER }));
    item = endedWith(item, deferral({ until: LATER + 1_000 }));
    expect(item.channels.webhook?.slotAt).toBe(LATER);
    item = endedWith(item, deferral({ until: LATER + 9_000, slotAt: LATER + 9_000 }));
    expect(item.channels.webhook?.slotAt).toBe(LATER + 9_000);
    expect(endedWith(item, RETRY).channels.webhook).not.toHaveProperty('slotAt');
    expect(endedWith(item, SENT).channels.webhook).not.toHaveProperty('slotAt');
    expect(moved(machine.stop(item, at())).channels.webhook).not.toHaveProperty('slotAt');
  });

  it('does not hold up another channel, nor is it held up by one', () => {
    const item = claim(created(NOW, { email: 'a@example.com', ...webhook }).next);
    const times = { startedAt: NOW, finishedAt: NOW };
    const results = { email: { ...times, result: SENT }, webhook: { ...times, result: deferral() } };
    const next = moved(finish(item, item.lease?.id ?? '', results, at()));
    expect(next).toMatchObject({ status: 'RETRYING', dueAt: LATER, attempts: [{ channel: 'email' }] });
    expect(claimed(next, { id: 'l', claimedAt: LATER, until: LATER }, { now: LATER, writeId: 'w' }).channels).toEqual(
      next.channels,
    );
  });

  it('measures its first attempt’s lateness from the time to which it was put off', () => {
    const item = endedWith(created(NOW, webhook).next, deferral());
    const held = claim(item, LATER + 40);
    const attempt = { startedAt: LATER + 40, finishedAt: LATER + 50, result: SENT };
    expect(moved(finish(held, held.lease?.id ?? '', { webhook: attempt }, at(LATER))).attempts).toMatchObject([
      { number: 1, latenessMs: 40 },
    ]);
  });

  it('is not put off into the past', () => {
    expect(endedWith(created(NOW, webhook).next, deferral({ until: NOW - 10_000 })).dueAt).toBe(NOW);
  });

  it('ends when it is stopped, before or after; it was claimed, so it is not canceled', () => {
    const stoppedMeanwhile = endedWith(moved(machine.stop(claim(created(NOW, webhook).next), at())), deferral(), NOW);
    expect(stoppedMeanwhile).toMatchObject({ status: 'FAILED', attempts: [] });
    expect(stoppedMeanwhile.channels.webhook).toMatchObject({ state: 'stopped', lastError: 'circuit_open' });
    const item = endedWith(created(NOW, webhook).next, deferral());
    expect(machine.cancel(item, at())).toEqual({ refused: 'already-attempted' });
    expect(moved(machine.stop(item, at())).channels.webhook).toMatchObject({ state: 'stopped' });
  });

  it('is unknown when its worker died while the limits were asked', () => {
    const item = claim(created(NOW, webhook).next);
    const until = (item.lease?.until ?? 0) + LAPSE_MARGIN_MS + 1;
    expect(isLapsed({ until: item.lease?.until ?? 0 }, until)).toBe(true);
    expect(moved(takeOver(item, { ...at(until), real: until })).attempts).toMatchObject([{ outcome: 'unknown' }]);
  });
});

describe('a receiver’s own retry schedule', () => {
  it('decides how often and when, instead of the configured one', () => {
    const item = claim(created(NOW, webhook).next);
    const attempt = { startedAt: NOW, finishedAt: NOW, result: RETRY };
    const withSchedule = (scheduleSeconds: number[]) =>
      moved(finish(item, item.lease?.id ?? '', { webhook: { ...attempt, scheduleSeconds } }, at()));
    expect(withSchedule([0, 60]).dueAt).toBe(NOW + 60_000);
    expect(withSchedule([0]).status).toBe('FAILED');
    expect(finished(item, { webhook: RETRY }).dueAt).toBe(NOW + 5_000);
  });
});

describe('the delivery service asks before each send', () => {
  const setUp = async (answer: (pass: Pass, request: EntryRequest) => Entry, { askingMs = 0, to = {} } = {}) => {
    const ports = makeTestPorts();
    const pass = (): Pass => ({
      outcome: 'pass',
      to: 'https://real.example.com/',
      webhook: { keys: [], headers: { 'x-a': 'b' } },
      scheduleSeconds: [0, 77],
      release: async (result) => void ports.receiverLimits.left.push(result),
    });
    ports.receiverLimits.state.answer = (request) => answer(pass(), request);
    const { item } = await makeNotificationService(ports).create({
      input: {
        notification_type: 'user.signup',
        entity_id: 'e',
        send_at: new Date(ports.clock.now()).toISOString(),
        webhook_url: 'https://given.example.com/',
        ...to,
      },
      tenant: 'acme',
    });
    const delivery = makeDeliveryService({
      ...ports,
      channelTimeoutMs: 15_000,
      compose: composeBlank,
      receiverLimits: {
        enter: async (request) => {
          ports.clock.pass(askingMs);
          return ports.receiverLimits.enter(request);
        },
      },
    });
    const read = () => ports.memory.read(item.id);
    const deliver = (remainingMs = () => 30_000) => {
      const { id, timerSeq: seq, dueAt: due } = read() ?? item;
      return delivery.deliver({ kind: 'deliver', id, seq, due }, { remainingMs, tenant: 'acme' });
    };
    return { ...ports, deliver, read };
  };

  it('and sends to the address that the limits answer, with their settings, and reports the result', async () => {
    const scene = await setUp((pass) => pass);
    scene.channels.webhook.state.answer = () => RETRY;
    await scene.deliver();
    expect(scene.receiverLimits.entered).toEqual([
      { tenant: 'acme', channel: 'webhook', to: 'https://given.example.com/' },
    ]);
    expect(scene.channels.webhook.sent).toMatchObject([
      { to: 'https://real.example.com/', webhook: { headers: { 'x-a': 'b' } } },
    ]);
    expect(scene.receiverLimits.left).toEqual([RETRY]);
    expect(scene.read()?.channels.webhook?.nextAttemptAt).toBe(scene.clock.now() + 77_000);
  });

  it('and sends nothing when it is put off: counted by its reason, and not as an attempt', async () => {
    const scene = await setUp(() => deferral());
    await scene.deliver();
    expect(scene.channels.webhook.sent).toEqual([]);
    expect(scene.read()).toMatchObject({ status: 'RETRYING', dueAt: LATER, attempts: [], version: 3 });
    expect(scene.recording.calls).toContainEqual({ verb: 'deliveryDeferred', args: [{ reason: 'circuit_open' }] });
    expect(scene.recording.count('attempt') + scene.recording.count('lateness')).toBe(0);
    expect(scene.armed.at(-1)).toMatchObject({ seq: 2, due: LATER });
    expect(JSON.stringify(scene.logged)).not.toContain('example.com');
  });

  it('and ends when the limits answer that the receiver is gone', async () => {
    const scene = await setUp(() => ({ outcome: 'failed', error: 'endpoint_disabled' }));
    await scene.deliver();
    expect(scene.channels.webhook.sent).toEqual([]);
    expect(scene.read()).toMatchObject({
      status: 'FAILED',
      channels: { webhook: { state: 'failed', attempts: 1, lastError: 'endpoint_disabled' } },
    });
  });

  it('and waits for an endpoint to be enabled for as long as another channel is tried, counted as put off', async () => {
    const disabled = { outcome: 'failed', error: 'endpoint_disabled' } as const;
    const toEndpoint = (pass: Pass, { channel }: EntryRequest): Entry => (channel === 'webhook' ? disabled : pass);
    const scene = await setUp(toEndpoint, { to: { email: 'a@example.com' } });
    scene.channels.email.state.answer = () => RETRY;
    let fraction = 0;
    scene.random.fraction = () => {
      fraction = (fraction + 0.37) % 1;
      return fraction;
    };
    await scene.deliver();
    const waiting = scene.read();
    expect(waiting).toMatchObject({ status: 'RETRYING', attempts: [{ channel: 'email' }] });
    const { email, webhook } = waiting?.channels ?? {};
    expect(webhook).toMatchObject({ state: 'retrying', attempts: 0, lastError: 'endpoint_disabled' });
    expect(webhook?.nextAttemptAt).toBe(email?.nextAttemptAt);
    expect(scene.recording.count('attempt')).toBe(1);

    scene.channels.email.state.answer = () => SENT;
    scene.clock.pass((email?.nextAttemptAt ?? 0) - scene.clock.now());
    await scene.deliver();
    expect(scene.read()).toMatchObject({ status: 'FAILED', channels: { webhook: { state: 'failed', attempts: 1 } } });
  });

  it('and sends nothing when the answer took so long that its lease may not last', async () => {
    const scene = await setUp((pass) => pass, { askingMs: 5_001 });
    await scene.deliver();
    expect(scene.channels.webhook.sent).toEqual([]);
    expect(scene.receiverLimits.left).toEqual([undefined]);
    expect(scene.read()).toMatchObject({ status: 'RETRYING', dueAt: scene.clock.now() + 5_000, attempts: [] });
    expect(scene.read()?.channels.webhook?.lastError).toBe('held_up');
  });

  it('and sends nothing when too little of the invocation is left by then', async () => {
    let leftMs = 20_000;
    const scene = await setUp((pass) => {
      leftMs = 15_899;
      return pass;
    });
    await scene.deliver(() => leftMs);
    expect(scene.channels.webhook.sent).toEqual([]);
    expect(scene.read()?.channels.webhook?.lastError).toBe('held_up');
  });
});
