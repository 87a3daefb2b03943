/**
 * The event's state machine, pure: ACCEPTED -> PROCESSED | REJECTED, and back by redrive. As with
 * notifications, a step is the next item and the effects to carry out once it is stored.
 */

import type { WriteContext } from '../../notifications/state/client-commands.ts';
import { omit } from '../../schema/omit.ts';
import { checkBackOffMs, RETURNS_MAX, returnBackOffMs } from '../../store/checks.ts';
import type { Input } from '../../store/fields.ts';
import { expiryOf, type Retention } from '../../store/retention.ts';
import type { Event, eventFields } from '../event.ts';

/** How long after a hand-off the reconciler starts to miss the processing. */
export const FIRST_CHECK_MS = 2 * 60_000;

export type EventWriteContext = Pick<WriteContext, 'now' | 'writeId'> & { policy: Retention };
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

/** Stored with the time of its next check, so that a lost queue message loses nothing. */
export const accept = (draft: EventDraft, context: Pick<EventWriteContext, 'now' | 'writeId'>): EventMoved =>
  toProcess({
    time: context.now,
    ...draft,
    status: 'ACCEPTED',
    notifications: [],
    nextCheckAt: context.now + FIRST_CHECK_MS,
    checks: 0,
    returns: 0,
    createdAt: context.now,
    updatedAt: context.now,
    writeId: context.writeId,
  });

/** Ended: it is checked no more. `changes` decides whether it may expire from now on. */
const end = (event: Event, changes: Partial<Event>, context: EventWriteContext): Event => ({
  ...omit(event, 'nextCheckAt', 'expiresAt'),
  ...changes,
  checks: 0,
  endedAt: context.now,
  updatedAt: context.now,
  writeId: context.writeId,
});

/** An event stays readable for a while after the last of its notifications has gone. */
const OUTLIVES_SECONDS = 86_400;

/** A notification that the event caused, with `expiresAt` once it has ended. */
export type Caused = { id: string; expiresAt?: number };

/**
 * Its rule was applied. Without notifications it may expire. Else it outlives them: they move its
 * TTL when they end (`EventStore.keepUntil`), and those that ended before this write do so here.
 */
export const processed = (event: Event, caused: readonly Caused[], context: EventWriteContext): EventStep => {
  if (event.status !== 'ACCEPTED') return same(event);
  const open = caused.some((notification) => notification.expiresAt === undefined);
  const expiresAt = Math.max(
    expiryOf(event, 'events', context),
    ...caused.map((one) => (one.expiresAt ?? 0) + OUTLIVES_SECONDS),
  );
  const notifications = caused.map((notification) => notification.id);
  const next = end(event, { status: 'PROCESSED', notifications, ...(!open && { expiresAt }) }, context);
  return { moved: true, next, effects: [] };
};

/** It cannot be used, and a repetition would not help: a dead letter of kind `message`. */
export const rejected = (event: Event, reason: string, context: EventWriteContext): EventStep => {
  if (event.status !== 'ACCEPTED') return same(event);
  const firstFailedAt = event.firstFailedAt ?? context.now;
  const next = end(
    event,
    { status: 'REJECTED', reason, firstFailedAt, expiresAt: expiryOf(event, 'events', context) },
    context,
  );
  return { moved: true, next, effects: [] };
};

/** Bookkeeping of the pipeline that no client sees: `updatedAt` does not move. */
const touch = (event: Event, context: Pick<EventWriteContext, 'writeId'>, changes: Partial<Event>): Event => ({
  ...event,
  checks: event.checks + 1,
  ...changes,
  writeId: context.writeId,
});

/**
 * The reconciler's check of an event that is due for it: processed again, and checked later each
 * time, up to 10 minutes.
 */
export const check = (event: Event, context: Pick<EventWriteContext, 'now' | 'writeId'>): EventStep => {
  if (event.status !== 'ACCEPTED' || event.nextCheckAt === undefined || event.nextCheckAt > context.now)
    return same(event);
  return toProcess(touch(event, context, { nextCheckAt: context.now + checkBackOffMs(event.checks) }));
};

/**
 * A message of this event was in the dead-letter queue. That may be an outage, so the reconciler checks it,
 * later each time, up to an hour; at the tenth message the event ends REJECTED, reason `unprocessable`.
 */
export const returned = (event: Event, context: EventWriteContext): EventStep => {
  if (event.status !== 'ACCEPTED') return same(event);
  const returns = event.returns + 1;
  if (returns >= RETURNS_MAX) return rejected({ ...event, returns }, 'unprocessable', context);
  const nextCheckAt = context.now + returnBackOffMs(returns);
  return { moved: true, next: touch(event, context, { returns, nextCheckAt }), effects: [] };
};

/** A rejected event is processed again: open, so it is checked and has no TTL. */
export const redrive = (event: Event, context: Pick<EventWriteContext, 'now' | 'writeId'>): EventStep => {
  if (event.status !== 'REJECTED' || event.erasedAt !== undefined) return same(event);
  return toProcess({
    ...omit(event, 'reason', 'endedAt', 'expiresAt'),
    status: 'ACCEPTED',
    nextCheckAt: context.now + FIRST_CHECK_MS,
    checks: 0,
    returns: 0,
    redrivenAt: context.now,
    updatedAt: context.now,
    writeId: context.writeId,
  });
};
