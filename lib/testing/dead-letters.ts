/** What the tests of dead letters start from: ports, and things that died when a test says so. */
import type { RawMessage } from '../dead-letters/dead-letter.ts';
import { makeRedriveWork } from '../dead-letters/workers/redrive.ts';
import type { Event } from '../events/event.ts';
import type { Notification } from '../notifications/notification.ts';
import { create } from '../notifications/state/client-commands.ts';
import { makeEvent } from './event.ts';
import { makeTestJobs, makeTestRunner } from './jobs.ts';
import { makeMemoryDeadLetterStore } from './memory-dead-letter-store.ts';
import { makeMemoryEventStore } from './memory-event-store.ts';
import { makeTestPorts } from './ports.ts';

export const makeDeadLetterPorts = () => {
  const ports = makeTestPorts();
  const events = makeMemoryEventStore(ports.clock);
  const dead = makeMemoryDeadLetterStore(ports.clock, { notifications: ports.memory.all, events: events.all });
  const { stored, ...jobs } = makeTestJobs(ports);
  return {
    ...ports,
    ...jobs,
    events: events.store,
    deadLetters: dead.store,
    sleep: async (ms: number) => ports.clock.pass(ms),
    stored: { notifications: ports.memory, events, raws: dead, ...stored },
  };
};
export type DeadLetterPorts = ReturnType<typeof makeDeadLetterPorts>;

export const makeRedriveRunner = (ports: DeadLetterPorts) => makeTestRunner(ports.jobPorts, makeRedriveWork(ports));

const policy = { retry: { scheduleSeconds: [0] }, retentionMs: 30 * 86_400_000, graceMs: 60_000 };

const deadAt = (at: number) => ({
  ...{ firstFailedAt: at, endedAt: at, updatedAt: at },
  expiresAt: Math.ceil((at + policy.retentionMs) / 1000),
});

/** FAILED at `at`: its e-mail after three attempts, while its SMS was sent. */
export const failedNotification = (id: string, at: number, changes: Partial<Notification> = {}): Notification => {
  const draft = { id, tenant: 'default', type: 'user.signup', entityId: 'user-1', timing: {}, to: { email: 'a@b.c' } };
  const on = { now: at - 60_000, real: at, writeId: `written-${id}`, fraction: () => 0, policy };
  const { nextCheckAt: _, ...made } = create(draft, { sendAt: at - 60_000 }, on).next;
  const channel = { to: 'a@b.c', attempts: 3, roundFrom: 0 };
  return {
    ...made,
    status: 'FAILED',
    channels: {
      email: { ...channel, state: 'failed', lastError: 'mailbox_full' },
      sms: { ...channel, to: '+4915112345678', attempts: 1, state: 'sent' },
    },
    firstClaimedAt: at - 50_000,
    ...deadAt(at),
    ...changes,
  };
};

/** REJECTED at `at`. */
export const rejectedEvent = (id: string, at: number, changes: Partial<Event> = {}): Event => {
  const { nextCheckAt: _, ...accepted } = makeEvent({ id, writeId: `written-${id}` });
  return {
    ...accepted,
    status: 'REJECTED',
    reason: 'payload.email: must be an e-mail address',
    ...deadAt(at),
    ...changes,
  };
};

/** Recorded at `at`. */
export const rawMessage = (id: string, at: number, changes: Partial<RawMessage> = {}): RawMessage => ({
  id,
  tenant: 'default',
  queue: 'delivery',
  body: `not ours: ${id}`,
  bytes: 10 + id.length,
  reason: 'not_json',
  attempts: 6,
  createdAt: at,
  expiresAt: Math.ceil((at + policy.retentionMs) / 1000),
  writeId: `written-${id}`,
  ...changes,
});
