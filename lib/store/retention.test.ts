import { describe, expect, it } from 'vitest';
import { makeChanges } from '../notifications/changes.ts';
import { cancel } from '../notifications/state/client-commands.ts';
import { makePolicy } from '../notifications/state/policy.ts';
import { makeTestPorts } from '../testing/ports.ts';
import { created, NOW, states } from '../testing/states.ts';
import { expiryOf } from './retention.ts';

const DAY_SECONDS = 86_400;
const policy = makePolicy({
  retryScheduleSeconds: [0],
  retentionDays: 30,
  retentionDaysOf: { SENT: 8, FAILED: 90, events: 365 },
  channelTimeoutMs: 15_000,
});
const keptDays = (kept: Parameters<typeof expiryOf>[1], now = NOW, createdAt = NOW): number =>
  (expiryOf({ createdAt }, kept, { now, policy }) - now / 1000) / DAY_SECONDS;

describe('what has ended is kept', () => {
  it('as long as its kind asks, else as long as everything', () => {
    expect(keptDays('SENT')).toBe(8);
    expect(keptDays('FAILED')).toBe(90);
    expect(keptDays('CANCELED')).toBe(30);
    expect(keptDays('events')).toBe(365);
  });

  it('never less than 7 days from its creation on', () => {
    const short = { retentionMs: 0, retentionMsOf: { SENT: 1 } };
    expect(expiryOf({ createdAt: NOW }, 'SENT', { now: NOW, policy: short })).toBe(NOW / 1000 + 7 * DAY_SECONDS);
  });

  it('by how it ended', () => {
    const on = { now: NOW, real: NOW, writeId: 'w', fraction: () => 0, policy };
    const canceled = cancel(states.PENDING(), on);
    expect('next' in canceled && canceled.next.expiresAt).toBe(NOW / 1000 + 30 * DAY_SECONDS);
  });
});

it.each([
  ['its own retention from their end on', 365, 365],
  ['at least a day more than they have', 7, 31],
])('an event outlives its notifications: %s', async (_, eventDays, days) => {
  const retention = { retentionDays: 30, retentionDaysOf: { events: eventDays } };
  const ports = {
    ...makeTestPorts(),
    policy: makePolicy({ retryScheduleSeconds: [0], channelTimeoutMs: 15_000, ...retention }),
  };
  const { apply, writeContext } = makeChanges(ports);
  const item = { ...created(ports.clock.now()).next, eventId: 'evt_1' };
  await ports.notifications.create(item);
  await apply(item, (current) => {
    const step = cancel(current, writeContext());
    return 'refused' in step ? undefined : step;
  });
  expect(ports.keptUntil[0]?.expiresAt).toBe(Math.ceil(ports.clock.now() / 1000) + days * DAY_SECONDS);
});
