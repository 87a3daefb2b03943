/**
 * What must hold for every write of a notification and for every send. A broken law is an Error
 * that names it.
 */
import assert from 'node:assert/strict';
import { ATTEMPTS_KEPT } from '../notifications/attempt.ts';
import { channelEntries, isOpenChannel } from '../notifications/channel-record.ts';
import { isOpen, type Notification } from '../notifications/notification.ts';
import { viewNotification } from '../notifications/view.ts';
import type { ChannelName } from '../schema/channel-names.ts';
import type { StatusReason } from '../schema/reasons.ts';
import { mayStart } from './inside-window.ts';

/** What `version` stands for; PENDING -> SCHEDULED is the timer's own bookkeeping. */
const clientState = (item: Notification): unknown => {
  const { version: _, updated_at: __, status, ...view } = viewNotification(item);
  return { ...view, status: status === 'SCHEDULED' ? 'PENDING' : status, stopped: item.stoppedAt };
};

/** What is said, to whom, and when: as clients gave it. */
const contentOf = ({ subject, body, data, timing, ifPast, channels }: Notification): unknown => ({
  ...{ subject, body, data, timing, ifPast },
  to: Object.entries(channels).map(([name, { to }]) => [name, to]),
});

export const checkRecord = (item: Notification): void => {
  assert.equal(item.expiresAt === undefined, isOpen(item), 'an open one has no TTL, an ended one has');
  assert.equal(item.nextCheckAt !== undefined, isOpen(item), 'an open one is watched, an ended one is not');
  assert.ok(item.attempts.length <= ATTEMPTS_KEPT, 'the list of attempts is bounded');
  const states = channelEntries(item).map(([, channel]) => channel.state);
  if (item.status === 'SENT') assert.ok(states.every((state) => state === 'sent'));
  if (item.status === 'CANCELED') assert.ok(states.every((state) => state === 'stopped'));
  if (item.status === 'FAILED') assert.ok(states.every((state) => !isOpenChannel({ state } as never)));
  if (item.lease) assert.equal(item.status, 'SENDING');
  assert.equal(item.status === 'SENDING', item.lease !== undefined, 'SENDING is what has a lease');
  checkTimeToAct(item);
};

/** Where it waits, it waits for a time at which it may be sent; what may be sent at any time has no end. */
const checkTimeToAct = (item: Notification): void => {
  const isBound = item.window !== undefined || item.expiresAfter !== undefined;
  assert.equal(item.closesAt !== undefined, isBound && isOpen(item), 'what is open and bound knows until when');
  assert.ok(!isOpen(item) || item.statusReason === undefined, 'what is open has no reason to have ended');
  if (item.closesAt === undefined) return;
  assert.ok(item.dueAt < item.closesAt, 'its time to act is before it closes');
  assert.ok(mayStart(item, item.dueAt) && mayStart(item, item.closesAt - 1), 'from its time to act on it may be sent');
};

export const checkWrite = (before: Notification | undefined, after: Notification): void => {
  checkRecord(after);
  if (!before) {
    assert.deepEqual([after.version, after.timerSeq], [1, 1]);
    const ends: Partial<Record<StatusReason, string>> = {
      expired: 'FAILED',
      past: 'CANCELED',
      window: 'CANCELED',
      bulk: 'CANCELED',
    };
    assert.equal(after.status, after.statusReason ? ends[after.statusReason] : 'PENDING');
    return;
  }
  assert.ok(before.status !== 'CANCELED' && before.status !== 'SENT', 'CANCELED and SENT are final');
  if (before.status === 'FAILED') assert.notEqual(before.statusReason, 'expired', 'what expired is final');
  if (before.firstClaimedAt !== undefined) assert.equal(after.firstClaimedAt, before.firstClaimedAt);
  if (after.firstClaimedAt !== undefined)
    assert.deepEqual(
      contentOf(after),
      contentOf(before),
      'a claim takes what is stored, and what was claimed is not edited',
    );
  if (after.status === 'CANCELED') assert.equal(after.firstClaimedAt, undefined, 'what was claimed is never canceled');
  const moved = { version: after.version - before.version, timerSeq: after.timerSeq - before.timerSeq };
  assert.ok([0, 1].includes(moved.version) && [0, 1].includes(moved.timerSeq), 'counters move by one');
  const isEdit = JSON.stringify(clientState(before)) !== JSON.stringify(clientState(after));
  if (isEdit) assert.equal(moved.version, 1, 'version moves with what a client sees');
  if (after.dueAt !== before.dueAt) assert.equal(moved.timerSeq, 1, 'another time to act is another timer');
  if (moved.version === 0) assert.equal(moved.timerSeq, 0, 'bookkeeping makes no timer stale');
  for (const [name, channel] of channelEntries(before)) checkChannel(name, channel, after);
};

const checkChannel = (
  name: ChannelName,
  before: NonNullable<Notification['channels'][ChannelName]>,
  item: Notification,
): void => {
  const after = item.channels[name];
  if (item.firstClaimedAt === undefined && after?.to !== before.to) return; // Edited.
  assert.ok(after);
  if (before.state === 'sent') assert.deepEqual(after, before, 'a sent channel never changes again');
  const hasExpired = before.state === 'failed' && before.lastError === 'expired';
  if (hasExpired) assert.deepEqual(after, before, 'an expired channel never changes again');
  assert.ok([0, 1].includes(after.attempts - before.attempts), 'one attempt at a time');
};
