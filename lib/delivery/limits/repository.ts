/** What the limits of a receiver answer, and the stores that they need. Times are epoch milliseconds. */

import type { OutgoingMessage, SendResult } from '../../channels/channel.ts';
import type { Destination } from '../../channels/destinations.ts';
import type { ChannelStop, Deferral } from '../../notifications/deferral.ts';
import type { ChannelName } from '../../schema/channel-names.ts';
import type { Owner } from '../../schema/priority.ts';
import type { Circuit } from './circuit.ts';

/** What the limits of a receiver say to a channel that is about to send. */
export interface ReceiverLimits {
  /** Answers within 2 s, whatever the stores do; never rejects. */
  enter(request: EntryRequest): Promise<Entry>;
}
export interface EntryRequest extends Owner {
  channel: ChannelName;
  /** As stored: an address, or the id of an endpoint. */
  to: string;
  /** The place in the receiver's row that an earlier deferral reserved, business time. */
  slotAt?: number;
}
export type Entry =
  | Pass
  | { outcome: 'failed'; error: 'endpoint_deleted' | typeof ENDPOINT_DISABLED }
  | ChannelStop
  | Deferral;
/** `isCut`: the answer had not ended when the attempt's time was over. */
export type Release = (result?: SendResult, answer?: { isCut: boolean }) => Promise<void>;
/** The one failure that may be undone: the endpoint may be enabled again. */
export const ENDPOINT_DISABLED = 'endpoint_disabled';
export interface Pass extends Destination {
  outcome: 'pass';
  /** An address, never an id. */
  to: string;
  webhook?: NonNullable<OutgoingMessage['webhook']>;
  /** The receiver's own retry schedule. */
  scheduleSeconds?: number[];
  /**
   * Called once: with the result of the send, or with nothing when nothing was sent. Takes a second
   * at most; never rejects.
   */
  release: Release;
}

/** Circuits by endpoint id, shared by all workers; an absent one is closed and without failures. */
export interface CircuitStore {
  get(endpointId: string): Promise<Circuit | undefined>;
  /**
   * Wins only over the revision that was read (`expectedWriteId`; undefined: absent). Undefined
   * takes the circuit away. Recognises its own earlier success after an SDK retry.
   */
  replace(
    endpointId: string,
    next: Circuit | undefined,
    expectedWriteId: string | undefined,
  ): Promise<{ written: true } | { written: false; current: Circuit | undefined }>;
}

/** Rows of a rate-limited endpoint's deliveries, exact across workers. */
export interface RateStore {
  /**
   * Takes the next free place, `now` at the earliest; the one after it is `intervalMs` later.
   * Business time.
   */
  reserve(endpointId: string, row: { now: number; intervalMs: number }): Promise<number>;
  /** Whether one that is late may go at `now`, ahead of the row: one in each interval. */
  catchUp(endpointId: string, row: { now: number; intervalMs: number }): Promise<boolean>;
}

/** The places of an endpoint with a limit on what is in flight. */
export interface SlotStore {
  /**
   * Takes place `index` for `holder` until it is released, or until `until` (real time): a worker
   * that died holds nothing for long.
   */
  acquire(place: SlotPlace, lease: { real: number; until: number }): Promise<boolean>;
  /** A place that is another's by now stays that one's. */
  release(place: SlotPlace): Promise<void>;
}
export interface SlotPlace {
  endpointId: string;
  index: number;
  /** Random per acquisition. */
  holder: string;
}
