/**
 * The event's state machine, pure: ACCEPTED -> PROCESSED | REJECTED, and back by redrive. As with notifications it says what
 * the next item is and what to do once it is stored; stores and workers only carry it out.
 */

import type { Circumstances } from '../../notifications/state/client-commands.ts';
import type { Input } from '../../store/fields.ts';
import { expiryOf, type Retention } from '../../store/retention.ts';
import type { Event, eventFields } from '../event.ts';

/** How long after a hand-off the reconciler starts to miss the processing. */
export const FIRST_CHECK_MS = 2 * 60_000;
const RETURNS_MAX = 10;
const CHECK_BACKOFF_MAX_MS = 10 * 60_000;
const RETURN_BACKOFF_MAX_MS = 3_600_000;
const MINUTE_MS = 60_000;

export type EventCircumstances = Pick<Circumstances, 'now' | 'writeId'> & { policy: Retention };
export type EventEffect = { do: 'process'; id: string; tenant: string };
export type EventMoved = { moved: true; next: Event; effects: EventEffect[] };
export type EventSame = { moved: false; next: Event; effects: [] };
export type EventStep = EventMoved | EventSame;

/** What acceptance adds to what a producer gave. */
export type EventDraft = Pick<Event, 'id' | 'tenant' | 'source'> &
  Input<typeof eventFields> &
  Partial<Pick<Event, 'time' | 'extensions' | 'fingerprint' | 'trace'>>;

const same = (event: Event): EventSame => ({ moved: false, next: event, effects: [] });
const toProcess = (event: Event): EventMoved => ({
  moved: true,
  next: event,
  effects: [{ do: 'process', id: event.id, tenant: event.tenant }],
});

const without = (event: Event, ...keys: (keyof Event)[]): Event => {
  const rest = { ...event };
  for (const key of keys) delete rest[key];
  return rest;
};

/** Stored with its mark, so that a lost queue message loses nothing. */
export const accept = (draft: EventDraft, on: Pick<EventCircumstances, 'now' | 'writeId'>): EventMoved =>
  toProcess({
    time: on.now,
    ...draft,
    status: 'ACCEPTED',
    notifications: [],
    nextCheckAt: on.now + FIRST_CHECK_MS,
    checks: 0,
    returns: 0,
    createdAt: on.now,
    updatedAt: on.now,
    writeId: on.writeId,
  });

/** Ended: the mark goes. `changes` decides whether it may expire from now on. */
const end = (event: Event, changes: Partial<Event>, on: EventCircumstances): Event => ({
  ...without(event, 'nextCheckAt', 'expiresAt'),
  ...changes,
  checks: 0,
  endedAt: on.now,
  updatedAt: on.now,
  writeId: on.writeId,
});

/** An event stays readable for a while after the last of its notifications has gone. */
const OUTLIVES_SECONDS = 86_400;

/** What is known of a notification that the event caused: `expiresAt` once it has ended. */
export type Caused = { id: string; expiresAt?: number };

/**
 * Its rules are applied. Without notifications it may expire; else it outlives them: they move its TTL when they end
 * (`EventStore.keepUntil`), and those that ended before this write have their say here.
 */
export const processed = (event: Event, caused: readonly Caused[], on: EventCircumstances): EventStep => {
  if (event.status !== 'ACCEPTED') return same(event);
  const open = caused.some((notification) => notification.expiresAt === undefined);
  const expiresAt = Math.max(
    expiryOf(event, 'events', on),
    ...caused.map((one) => (one.expiresAt ?? 0) + OUTLIVES_SECONDS),
  );
  const notifications = caused.map((notification) => notification.id);
  const next = end(event, { status: 'PROCESSED', notifications, ...(!open && { expiresAt }) }, on);
  return { moved: true, next, effects: [] };
};

/** It cannot be used, and no repetition would help: a dead letter of kind `message`. */
export const rejected = (event: Event, reason: string, on: EventCircumstances): EventStep => {
  if (event.status !== 'ACCEPTED') return same(event);
  const firstFailedAt = event.firstFailedAt ?? on.now;
  const next = end(event, { status: 'REJECTED', reason, firstFailedAt, expiresAt: expiryOf(event, 'events', on) }, on);
  return { moved: true, next, effects: [] };
};

/** Bookkeeping of the pipeline that no client sees, hence not `updatedAt`. */
const touch = (event: Event, on: Pick<EventCircumstances, 'writeId'>, changes: Partial<Event>): Event => ({
  ...event,
  checks: event.checks + 1,
  ...changes,
  writeId: on.writeId,
});

/** The reconciler found the mark old: process it again, and look again later each time, up to 10 minutes. */
export const check = (event: Event, on: Pick<EventCircumstances, 'now' | 'writeId'>): EventStep => {
  if (event.status !== 'ACCEPTED' || event.nextCheckAt === undefined || event.nextCheckAt > on.now) return same(event);
  const backOffMs = Math.min(MINUTE_MS * 2 ** event.checks, CHECK_BACKOFF_MAX_MS);
  return toProcess(touch(event, on, { nextCheckAt: on.now + backOffMs }));
};

/**
 * The dead-letter queue gave a message of this event back: an outage is not a death, so it returns to the reconciler's
 * care, later each time, up to an hour; at the tenth it ends REJECTED, reason `unprocessable`.
 */
export const returned = (event: Event, on: EventCircumstances): EventStep => {
  if (event.status !== 'ACCEPTED') return same(event);
  const returns = event.returns + 1;
  if (returns >= RETURNS_MAX) return rejected({ ...event, returns }, 'unprocessable', on);
  const backOffMs = Math.min(MINUTE_MS * 2 ** returns, RETURN_BACKOFF_MAX_MS);
  return { moved: true, next: touch(event, on, { returns, nextCheckAt: on.now + backOffMs }), effects: [] };
};

/** A rejected event gets another chance: open again, so it has a mark and no TTL. */
export const redrive = (event: Event, on: Pick<EventCircumstances, 'now' | 'writeId'>): EventStep => {
  if (event.status !== 'REJECTED' || event.erasedAt !== undefined) return same(event);
  return toProcess({
    ...without(event, 'reason', 'endedAt', 'expiresAt'),
    status: 'ACCEPTED',
    nextCheckAt: on.now + FIRST_CHECK_MS,
    checks: 0,
    returns: 0,
    redrivenAt: on.now,
    updatedAt: on.now,
    writeId: on.writeId,
  });
};
