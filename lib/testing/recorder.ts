/** Watches every write, claim and send of a world and holds them to the laws. */
import assert from 'node:assert/strict';
import type { OutgoingMessage } from '../channels/channel.ts';
import { type ChannelRecord, channelEntries, heldChannels } from '../notifications/channel-record.ts';
import { isOpen, type Notification } from '../notifications/notification.ts';
import type { ClaimRequest } from '../notifications/repository.ts';
import type { ChannelName } from '../schema/channel-names.ts';
import { CHANNEL_NAMES } from '../schema/channel-names.ts';
import { isStatusReason } from '../schema/reasons.ts';
import type { Actor } from './checkpoints.ts';
import type { TestClock } from './clock.ts';
import { mayStart } from './inside-window.ts';
import { makeLawBook } from './law-book.ts';
import { checkWrite } from './laws.ts';
import type { makeMemoryNotificationStore } from './memory-notification-store.ts';

export interface WorldActor extends Actor {
  lease?: string;
  stale: number;
  armed: number;
  deferred: number;
}

const isStoppedByItself = ({ state, lastError }: ChannelRecord): boolean =>
  state === 'stopped' && isStatusReason(lastError);

const countKey = (...parts: (string | number)[]): string => parts.join(' ');

export const makeRecorder = (clock: TestClock, memory: ReturnType<typeof makeMemoryNotificationStore>) => {
  /** Sends by `id channel number`, and claims by `id channel`. */
  const sends = new Map<string, number>();
  const claims = new Map<string, number>();
  /** Claims that were put off, by `id channel`. */
  const deferrals = new Map<string, number>();
  /** Ids whose cancel was answered with 200. */
  const canceled = new Set<string>();
  const laws = makeLawBook();
  const { law } = laws;

  const checkEnd = (item: Notification): void => {
    assert.ok(!isOpen(item), `everything accepted ends; ${item.id} is ${item.status}`);
    for (const { startedAt } of item.attempts)
      assert.ok(mayStart(item, startedAt), 'no attempt starts outside its window, or once it has expired');
    for (const [name, channel] of channelEntries(item)) {
      const claimed = claims.get(countKey(item.id, name)) ?? 0;
      const deferred = deferrals.get(countKey(item.id, name)) ?? 0;
      assert.equal(channel.attempts + deferred, claimed, 'every claim is one recorded attempt, or one deferral');
      const sent = [...sends.keys()].filter((key) => key.startsWith(`${item.id} ${name} `)).length;
      assert.ok(sent <= channel.attempts, 'nothing is sent without a record');
      const outcomes = item.attempts.filter((attempt) => attempt.channel === name).map(({ outcome }) => outcome);
      assert.ok(outcomes.filter((outcome) => outcome === 'sent').length <= 1);
      assert.equal(outcomes.includes('sent'), channel.state === 'sent');
    }
  };

  /**
   * A claim that ended without an attempt: nothing was sent, nothing is lost, and what comes next
   * is known.
   */
  const checkDeferrals = (before: Notification, after: Notification): void => {
    if (!before.lease || after.lease?.id === before.lease.id) return;
    for (const [name, channel] of heldChannels(before, before.lease.claimedAt)) {
      const now = after.channels[name];
      if (!now || now.attempts > channel.attempts) continue;
      const key = countKey(before.id, name);
      deferrals.set(key, (deferrals.get(key) ?? 0) + 1);
      assert.equal(sends.get(countKey(key, channel.attempts + 1)), undefined, 'what is deferred was not sent');
      const hasEnded = (now.state === 'failed' && now.lastError === 'expired') || isStoppedByItself(now);
      const state = before.stoppedAt === undefined ? 'retrying' : 'stopped';
      if (!hasEnded) assert.equal(now.state, state, 'what is deferred stays open');
      assert.ok(now.lastError, 'what is deferred says why');
      if (now.state === 'retrying') assert.ok((now.nextAttemptAt ?? 0) >= after.updatedAt, 'and when it is tried');
      assert.deepEqual([now.attempts, now.roundFrom], [channel.attempts, channel.roundFrom], 'it does not count');
    }
  };

  return {
    sends,
    deferrals,
    canceled,
    ...laws,
    wasClaimed: (id: string): boolean => CHANNEL_NAMES.some((name) => claims.has(countKey(id, name))),

    observed: <T>(id: string, write: () => Promise<T>): Promise<T> => {
      const before = memory.read(id);
      const result = write();
      const after = memory.read(id);
      if (after && after.writeId !== before?.writeId) law(() => checkWrite(before, after));
      if (before && after) law(() => checkDeferrals(before, after));
      return result;
    },

    onClaim: (actor: WorldActor, request: ClaimRequest): void => {
      const item = memory.read(request.id);
      if (item?.lease?.id !== request.lease.id) return;
      actor.lease = request.lease.id;
      law(() => assert.equal(item.timerSeq, request.timerSeq, 'an old timer does nothing'));
      const held = heldChannels(item, request.lease.claimedAt);
      law(() => assert.ok(held.length > 0, 'a claim takes what is due'));
      for (const [name] of held) {
        const key = countKey(request.id, name);
        claims.set(key, (claims.get(key) ?? 0) + 1);
      }
    },

    checkSend: (actor: WorldActor, message: OutgoingMessage, name: ChannelName): void => {
      const id = message.notificationId;
      const item = memory.read(id);
      const channel = item?.channels[name];
      assert.ok(item && channel, 'what is sent is stored');
      assert.ok(!canceled.has(id), 'what a 200 said was canceled is never sent');
      assert.equal(item.lease?.id, actor.lease, 'only the holder of the lease sends');
      assert.ok(item.lease && clock.real() <= item.lease.until, 'nothing is sent past the lease');
      assert.ok(mayStart(item, clock.now()), 'nothing is sent outside its window, or once it has expired');
      assert.ok((channel.nextAttemptAt ?? Number.POSITIVE_INFINITY) <= clock.now(), 'nothing is sent before it is due');
      const stored = [channel.to, item.subject ?? 's', item.body ?? name];
      assert.deepEqual([message.to, message.subject, message.body], stored, 'what is sent is what is stored');
      const key = countKey(id, name, channel.attempts + 1);
      sends.set(key, (sends.get(key) ?? 0) + 1);
      assert.equal(sends.get(key), 1, 'one send for each attempt');
    },

    /**
     * Once nothing is left to do: what was accepted is there and has ended, each claim is a record,
     * 200 on cancel was true.
     */
    checkEnd: (accepted: string[]): void => {
      const items = memory.raw();
      for (const id of accepted)
        assert.ok(
          items.find((item) => item.id === id),
          'what was accepted is there',
        );
      for (const item of items) checkEnd(item);
      for (const id of canceled) {
        assert.ok(![...sends.keys()].some((key) => key.startsWith(id)), 'canceled means never sent');
        assert.ok(!CHANNEL_NAMES.some((name) => claims.has(countKey(id, name))), 'canceled means never claimed');
      }
    },
  };
};
export type Recorder = ReturnType<typeof makeRecorder>;
