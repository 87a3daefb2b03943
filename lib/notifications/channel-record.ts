/** What a notification knows of each of its channels, as it is stored and as a client sees it. */
import * as z from 'zod';
import { CHANNEL_NAMES, type ChannelName } from '../schema/channel-names.ts';
import { omit } from '../schema/omit.ts';
import { describeError, isStatusReason, type StatusReason } from '../schema/reasons.ts';
import { rfc3339 } from '../schema/time.ts';
import { timeView } from '../schema/time-view.ts';

export interface ChannelRecord {
  /** The e-mail address, E.164 number, URL or endpoint's id. */
  to: string;
  state: 'pending' | 'retrying' | 'sent' | 'failed' | 'stopped';
  /** Attempts ever made. */
  attempts: number;
  /** Attempts made before the present round of the retry schedule: a manual retry starts a new round. */
  roundFrom: number;
  nextAttemptAt?: number;
  lastError?: string;
  /**
   * The origin that the receiver of the last attempt redirected to. It may say who the recipient is:
   * stored and erased as `to` is.
   */
  redirectedTo?: string;
  /** The place in a rate-limited receiver's row that was reserved for the next attempt, business time. */
  slotAt?: number;
}
export type ChannelRecords = Partial<Record<ChannelName, ChannelRecord>>;

export interface Lease {
  /** Random per claim call. */
  id: string;
  /** Business time of the claim: it holds the channels that were due by then. */
  claimedAt: number;
  /** Real time. */
  until: number;
}

/** @param dueAt when its first attempt is due, business time */
export const newChannel = (to: string, dueAt: number): ChannelRecord => ({
  to,
  state: 'pending',
  attempts: 0,
  roundFrom: 0,
  nextAttemptAt: dueAt,
});

interface WithChannels {
  channels: ChannelRecords;
  lease?: Lease;
}
type Entries = [ChannelName, ChannelRecord][];

export const isOpenChannel = (channel: ChannelRecord): boolean =>
  channel.state === 'pending' || channel.state === 'retrying';

export const channelEntries = ({ channels }: WithChannels): Entries =>
  CHANNEL_NAMES.flatMap((name) => {
    const channel = channels[name];
    return channel ? [[name, channel] as [ChannelName, ChannelRecord]] : [];
  });

export const mapChannels = (
  item: WithChannels,
  change: (channel: ChannelRecord, name: ChannelName) => ChannelRecord,
): ChannelRecords => Object.fromEntries(channelEntries(item).map(([name, channel]) => [name, change(channel, name)]));

export const closed = (channel: ChannelRecord, state: 'stopped' | 'failed', error?: string): ChannelRecord => {
  const { nextAttemptAt: _, slotAt: __, ...rest } = channel;
  return { ...rest, state, ...(error !== undefined && { lastError: error }) };
};

const isDeferred = (channel: ChannelRecord): boolean => isOpenChannel(channel) && channel.lastError === 'window';

/** Why it waits is no longer so: it gets another time. */
export const withoutDeferral = (channel: ChannelRecord): ChannelRecord =>
  isDeferred(channel) ? omit(channel, 'lastError') : channel;

/** A channel that is open waits with the others of `item`, and says so. */
export const deferralOf = (item: WithChannels, channel: ChannelRecord): Pick<ChannelRecord, 'lastError'> =>
  isOpenChannel(channel) && Object.values(item.channels).some(isDeferred) ? { lastError: 'window' } : {};

/** Why all of it ended, if a word says it: what failed has expired, or no command stopped a channel. */
export const endReason = (item: WithChannels & { stoppedAt?: number }): StatusReason | undefined => {
  const all = channelEntries(item).map(([, channel]) => channel);
  const failed = all.filter(({ state }) => state === 'failed');
  if (failed.length > 0) return failed.every(({ lastError }) => lastError === 'expired') ? 'expired' : undefined;
  const stopped = all.filter(({ state }) => state === 'stopped').map(({ lastError }) => lastError);
  return stopped.filter(isStatusReason).find((word) => word === 'not_allowed' || item.stoppedAt === undefined);
};

/** The channels that a claim made at `claimedAt` holds: open and due by then. */
export const heldChannels = (item: WithChannels, claimedAt: number): Entries =>
  channelEntries(item).filter(
    ([, channel]) => isOpenChannel(channel) && (channel.nextAttemptAt ?? Number.POSITIVE_INFINITY) <= claimedAt,
  );

/** The names of the channels that the present lease holds. */
export const namesHeld = (item: WithChannels): ReadonlySet<ChannelName> =>
  new Set(item.lease ? heldChannels(item, item.lease.claimedAt).map(([name]) => name) : []);

const channelView = z
  .object({
    state: z.enum(['pending', 'sending', 'retrying', 'sent', 'failed', 'stopped']).meta({ id: 'ChannelState' }),
    attempts: z.int(),
    next_attempt_at: timeView.optional(),
    last_error: z
      .string()
      .optional()
      .meta({
        description:
          'Of the last attempt, after 307 and 308 with where it pointed (`http_308 to https://new.example.com`); ' +
          'or why the next one is put off, which is no attempt: circuit_open, rate_limited, ' +
          'concurrency_limited or receiver_busy, by the limits of the receiver; endpoint_disabled, while another channel is tried; ' +
          'gate_unavailable or held_up, by our own trouble; window, until its window opens. Why it ended, without an ' +
          'attempt: expired, window.',
      }),
  })
  .meta({ id: 'Channel' });
const channelViews = CHANNEL_NAMES.map((name) => [name, channelView.optional()]);
/** An object with a member for each channel: client generators make more of that than of a map. */
export const channelsView = z
  .object(Object.fromEntries(channelViews) as Record<ChannelName, z.ZodOptional<typeof channelView>>)
  .meta({ id: 'Channels' });

const viewChannel = (channel: ChannelRecord, isSending: boolean): z.output<typeof channelView> => ({
  state: isSending ? 'sending' : channel.state,
  attempts: channel.attempts,
  ...(isOpenChannel(channel) &&
    channel.nextAttemptAt !== undefined && { next_attempt_at: rfc3339(channel.nextAttemptAt) }),
  ...(channel.lastError !== undefined && { last_error: describeError(channel.lastError, channel.redirectedTo) }),
});

/** A channel shows `sending` from claim to finish. The lease says so: nothing is written for it. */
export const viewChannels = (item: WithChannels): z.output<typeof channelsView> => {
  const held = namesHeld(item);
  return Object.fromEntries(
    channelEntries(item).map(([name, channel]) => [name, viewChannel(channel, held.has(name))]),
  );
};

/** To when its window defers what is next to be sent. */
export const viewDeferral = (item: WithChannels): { deferred_to?: string; deferred_by?: 'window' } => {
  const times = channelEntries(item).flatMap(([, channel]) =>
    isDeferred(channel) ? [channel.nextAttemptAt ?? Number.POSITIVE_INFINITY] : [],
  );
  return times.length === 0 ? {} : { deferred_to: rfc3339(Math.min(...times)), deferred_by: 'window' };
};
