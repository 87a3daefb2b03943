import { describe, expect, it } from 'vitest';
import { ServiceError } from '../../errors.ts';
import { create } from '../../notifications/state/client-commands.ts';
import { makeDeadLetterPorts } from '../../testing/dead-letters.ts';
import { makeEvent } from '../../testing/event.ts';
import { makeDeadLetterRecorder } from './record.ts';

const MINUTE_MS = 60_000;
const DUE_IN_MS = 5 * MINUTE_MS;

const setUp = () => {
  const ports = makeDeadLetterPorts();
  const now = ports.clock.now();
  const draft = { id: 'ntf_1', tenant: 'default', type: 'custom', entityId: 'e', timing: {}, to: { email: 'a@b.c' } };
  const on = { now, real: now, writeId: 'first', fraction: () => 0, policy: ports.policy };
  ports.stored.notifications.write(create(draft, { sendAt: now + DUE_IN_MS }, on).next);
  ports.stored.events.write(makeEvent());
  const queueNames = ['delivery', 'schedule', 'events', 'replay'] as const;
  const recorder = makeDeadLetterRecorder({ ...ports, messages: ports.deadLetters.messages, queueNames });
  let count = 0;
  const record = (body: unknown, more: { messageId?: string; sourceQueue?: string } = {}) => {
    count += 1;
    const rawBody = typeof body === 'string' ? body : JSON.stringify(body);
    return recorder.record({ rawBody, messageId: `message-${count}`, receiveCount: 6, ...more });
  };
  return { ports, now, record };
};
const seq = 1;
const due = 0;

describe('a message that names something open', () => {
  it.each([
    ['deliver', 1],
    ['schedule', 0],
  ])('%s: the notification goes back to the reconciler, later each time', async (kind, counted) => {
    const { ports, now, record } = setUp();
    await record({ kind, id: 'ntf_1', seq, due });
    expect(ports.stored.notifications.read('ntf_1')).toMatchObject({
      status: 'PENDING',
      returns: counted,
      nextCheckAt: now + 2 * MINUTE_MS,
    });
    await record({ kind, id: 'ntf_1', seq, due });
    expect(ports.stored.notifications.read('ntf_1')).toMatchObject({
      returns: 2 * counted,
      nextCheckAt: now + 4 * MINUTE_MS,
    });
    expect(ports.stored.raws.all()).toEqual([]);
    expect(ports.recording.calls).toEqual([]);
  });

  it('schedule: an outage of the Scheduler of any length ends no notification', async () => {
    const { ports, record } = setUp();
    for (let n = 0; n < 50; n += 1) await record({ kind: 'schedule', id: 'ntf_1', seq, due });
    expect(ports.stored.notifications.read('ntf_1')).toMatchObject({ status: 'PENDING', returns: 0 });
  });

  it('at the tenth return the notification ends FAILED, listed as a delivery', async () => {
    const { ports, record } = setUp();
    for (let n = 0; n < 10; n += 1) await record({ kind: 'deliver', id: 'ntf_1', seq, due });
    const item = ports.stored.notifications.read('ntf_1');
    expect(item).toMatchObject({ status: 'FAILED', channels: { email: { lastError: 'unprocessable' } } });
    expect(ports.recording.calls).toContainEqual({ verb: 'deadLetter', args: [{ kind: 'delivery' }] });
    const { items } = await ports.deadLetters.list({ tenant: 'default', limit: 10 });
    expect(items.map((letter) => letter.item.id)).toEqual(['ntf_1']);
  });

  it('process: the event goes back, and at the tenth return ends REJECTED, listed as a message', async () => {
    const { ports, now, record } = setUp();
    await record({ kind: 'process', id: 'evt_1' });
    expect(ports.stored.events.read('evt_1')).toMatchObject({ returns: 1, nextCheckAt: now + 2 * MINUTE_MS });
    for (let n = 1; n < 10; n += 1) await record({ kind: 'process', id: 'evt_1' });
    expect(ports.stored.events.read('evt_1')).toMatchObject({ status: 'REJECTED', reason: 'unprocessable' });
    expect(ports.recording.calls).toContainEqual({ verb: 'deadLetter', args: [{ kind: 'message' }] });
  });
});

describe('a message that has nothing to say any more', () => {
  it.each([
    ['stale', { kind: 'deliver', id: 'ntf_1', seq: 7, due }],
    ['of an unknown notification', { kind: 'deliver', id: 'ntf_none', seq, due }],
    ['of an unknown event', { kind: 'process', id: 'evt_none' }],
    ['clean-up', { kind: 'unschedule', id: 'ntf_1', seq }],
    ['a reconciler pass', { kind: 'reconcile' }],
    ['a replay, whose job has its own mark', { kind: 'replay', id: 'job_1' }],
  ])('%s: dropped', async (_, body) => {
    const { ports, record } = setUp();
    const before = ports.stored.notifications.read('ntf_1');
    await record(body);
    expect(ports.stored.notifications.read('ntf_1')).toEqual(before);
    expect(ports.stored.raws.all()).toEqual([]);
    expect(ports.recording.calls).toEqual([]);
  });
});

describe('a message that is none of ours', () => {
  it.each([
    ['garbage', 'not_json'],
    ['', 'not_json'],
    ['{"kind":', 'not_json'],
    ['null', 'unknown_message'],
    ['[]', 'unknown_message'],
    ['{"kind":"launch","id":"x"}', 'unknown_message'],
    ['{"kind":"deliver","id":"ntf_1"}', 'unknown_message'],
  ])('%j is kept as it came, why: %s', async (body, reason) => {
    const { ports, now, record } = setUp();
    await record(body, { sourceQueue: 'events' });
    expect(ports.stored.raws.all()).toMatchObject([
      { body, reason, queue: 'events', bytes: body.length, attempts: 6, createdAt: now },
    ]);
    expect(ports.stored.raws.all()[0]?.expiresAt).toBe(Math.ceil((now + ports.policy.retentionMs) / 1000));
    expect(ports.recording.calls).toEqual([{ verb: 'deadLetter', args: [{ kind: 'message' }] }]);
    expect(JSON.stringify(ports.logged)).not.toContain(body || 'garbage');
  });

  it('is one dead letter however often it is handed out', async () => {
    const { ports, record } = setUp();
    await record('garbage', { messageId: 'm' });
    await record('garbage', { messageId: 'm' });
    await record('garbage', { messageId: 'n' });
    expect(ports.stored.raws.all()).toHaveLength(2);
    expect(ports.recording.count('deadLetter')).toBe(2);
  });

  it('goes back to the delivery queue where its source is not known, or is not one of ours', async () => {
    const { ports, record } = setUp();
    await record('garbage');
    await record('garbage', { sourceQueue: 'of-another-service' });
    expect(ports.stored.raws.all().map(({ queue }) => queue)).toEqual(['delivery', 'delivery']);
  });

  it('is listed without its body when that is larger than an item can be', async () => {
    const { ports, record } = setUp();
    await record('ö'.repeat(200_000));
    const [raw] = ports.stored.raws.all();
    expect(raw).toMatchObject({ bytes: 400_000 });
    expect(raw).not.toHaveProperty('body');
  });
});

it.each([
  ['notifications', { kind: 'deliver', id: 'ntf_1', seq, due }],
  ['events', { kind: 'process', id: 'evt_1' }],
  ['messages', 'garbage'],
] as const)('fails the record while %s cannot be stored, so that it comes again', async (store, body) => {
  const { ports } = setUp();
  const down = async () => {
    throw new ServiceError('unavailable', 'no table');
  };
  const recorder = makeDeadLetterRecorder({
    ...ports,
    notifications: { ...ports.notifications, ...(store === 'notifications' && { replace: down }) },
    events: { ...ports.events, ...(store === 'events' && { replace: down }) },
    messages: { ...ports.deadLetters.messages, ...(store === 'messages' && { create: down }) },
    queueNames: ['delivery'],
  });
  const rawBody = typeof body === 'string' ? body : JSON.stringify(body);
  await expect(recorder.record({ rawBody, messageId: 'm', receiveCount: 1 })).rejects.toThrow('no table');
});
