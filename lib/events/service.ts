/** The verbs of the API for events: store, enqueue best effort, answer. */

import type { BatchSteps } from '../batch/run.ts';
import type { FieldError } from '../errors.ts';
import { ServiceError, validationFailed } from '../errors.ts';
import { makeBestEffort } from '../notifications/hand-off.ts';
import type { Clock } from '../platform/clock.ts';
import type { Random } from '../platform/random.ts';
import { derivedId } from '../platform/random.ts';
import { BODY_BYTES_MAX } from '../schema/body.ts';
import { fingerprint } from '../schema/canonical-json.ts';
import { omitUndefined } from '../schema/omit-undefined.ts';
import { parseTime } from '../schema/time.ts';
import { fromInput } from '../store/fields.ts';
import { isSameContent } from '../store/idempotency.ts';
import { beingRemoved } from '../store/item-store.ts';
import type { Page } from '../store/page.ts';
import type { WorkQueues } from '../store/work-queues.ts';
import type { Log } from '../telemetry/log-interface.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { sampledTrace } from '../telemetry/tracing.ts';
import { DEFAULT_SOURCE, type Event, eventFields } from './event.ts';
import type { NewEvent } from './new-event.ts';
import type { EventQuery, EventStore } from './repository.ts';
import type { EventDraft } from './state/event-state.ts';
import { accept } from './state/event-state.ts';

export interface EventServicePorts {
  events: EventStore;
  queues: Pick<WorkQueues, 'processEvents'>;
  clock: Clock;
  random: Random;
  metrics: Metrics;
  log: Log;
}

export interface Publication {
  /** New with this call. */
  created: boolean;
  /** Known by its Idempotency-Key. Neither: known by its own source and id. */
  replayed: boolean;
  event: Event;
}

/** Judged, and not stored. */
interface Prepared {
  id: string;
  event: Event;
  /** Known by its own id, not by an Idempotency-Key. */
  hasOwnId: boolean;
}

interface Published {
  tenant: string;
  input: NewEvent;
  idempotencyKey?: string | undefined;
}

/** An event with an id is its own key. Undefined: nothing to recognise a repetition by. */
const derivedIdOf = ({ tenant, input, idempotencyKey }: Published): string | undefined => {
  if (input.id !== undefined) return derivedId('evt_', tenant, input.source ?? DEFAULT_SOURCE, input.id);
  return idempotencyKey === undefined ? undefined : derivedId('evt_', 'key', tenant, 'POST /events', idempotencyKey);
};

const reused = (errors: FieldError[]): ServiceError =>
  new ServiceError('idempotency-key-reused', 'It was published before with other content', { errors });
const OTHER_CONTENT = 'was used before with other content';

/** A body within its limit may grow: 1e20 is written out with 21 digits. */
const checkPayload = ({ payload }: NewEvent): void => {
  if (Buffer.byteLength(JSON.stringify(payload)) <= BODY_BYTES_MAX) return;
  throw new ServiceError('payload-too-large', `A payload, written out, must be at most ${BODY_BYTES_MAX} bytes`);
};

/**
 * Runs a check on each element of a batch and names every one that is too large. Anything else is
 * thrown as it is.
 */
const checkEach = async <T>(elements: T[], check: (element: T) => Promise<void> | void): Promise<void> => {
  const settled = await Promise.allSettled(elements.map(async (element) => check(element)));
  const refused = settled.flatMap((one, index) =>
    one.status === 'rejected' ? [{ index, reason: one.reason as unknown }] : [],
  );
  const isTooLarge = (error: unknown) => error instanceof ServiceError && error.code === 'payload-too-large';
  const other = refused.find(({ reason }) => !isTooLarge(reason));
  if (other) throw other.reason;
  if (refused.length === 0) return;
  const errors = refused.map(({ index, reason }) => ({
    pointer: `/${index}`,
    detail: (reason as ServiceError).detail,
  }));
  throw new ServiceError('payload-too-large', 'An event of the batch is too large; none was stored', { errors });
};

const notFound = (id: string): ServiceError => new ServiceError('not-found', `There is no event ${id}`);

export const makeEventService = (ports: EventServicePorts) => {
  const { events, metrics } = ports;
  const bestEffort = makeBestEffort(ports);

  const draftOf = (published: Published): EventDraft => {
    const { input, tenant } = published;
    const id = derivedIdOf(published);
    const time = input.time === undefined ? undefined : parseTime(input.time)?.epochMilliseconds;
    return {
      ...fromInput(eventFields, input),
      id: id ?? ports.random.id('evt_'),
      tenant,
      source: input.source ?? DEFAULT_SOURCE,
      ...omitUndefined({ time, extensions: input.extensions, trace: sampledTrace() }),
      // Of the content as given: a default that changes must not turn a repetition into a conflict.
      ...(id !== undefined && { fingerprint: fingerprint(input) }),
    };
  };

  const accepted = (draft: EventDraft): Event =>
    accept(draft, { now: ports.clock.now(), writeId: ports.random.token() }).next;

  /**
   * One conditional write. Answers what is stored afterwards, which may be an earlier event of
   * other content.
   */
  const store = async (next: Event): Promise<{ event: Event; created: boolean }> => {
    const result = await events.create(next);
    if (result.written) {
      metrics.eventPublished({ type: next.type });
      return { event: next, created: true };
    }
    if (result.current) return { event: result.current, created: false };
    throw beingRemoved();
  };

  const enqueue = async (created: Event[]): Promise<void> => {
    const [first] = created;
    if (first) await bestEffort('process', first.id, ports.queues.processEvents(created));
  };

  /** Every conflict that can be known beforehand, so that a bad batch writes nothing. */
  const checkBatch = async (drafts: EventDraft[]): Promise<void> => {
    const first = new Map<string, EventDraft>();
    const twice: FieldError[] = [];
    drafts.forEach((draft, index) => {
      const other = first.get(draft.id) ?? draft;
      first.set(draft.id, other);
      if (other.fingerprint === draft.fingerprint) return;
      twice.push({ pointer: `/${index}/id`, detail: 'must not be given twice with different content' });
    });
    if (twice.length > 0) throw validationFailed(twice);
    const stored = await Promise.all([...first.keys()].map((id) => events.get(id)));
    refuseOthers(drafts, new Map(stored.flatMap((event) => (event ? [[event.id, event]] : []))));
  };

  const prepare = (published: Published): Prepared => {
    checkPayload(published.input);
    const event = accepted(draftOf(published));
    return { id: event.id, event, hasOwnId: published.input.id !== undefined };
  };

  const write = async ({ event: next, hasOwnId }: Prepared): Promise<Publication> => {
    const { event, created } = await store(next);
    if (!created && !isSameContent(event, next.fingerprint))
      throw reused([{ pointer: hasOwnId ? '/id' : '/header/idempotency-key', detail: OTHER_CONTENT }]);
    return { event, created, replayed: !created && !hasOwnId };
  };

  const enqueueCreated = (publications: Publication[]): Promise<void> =>
    enqueue(publications.flatMap(({ event, created }) => (created ? [event] : [])));

  return {
    /**
     * Persists, then enqueues best effort. The same again answers the first event as it is now;
     * other content is a 422.
     */
    publish: async (published: Published): Promise<Publication> => {
      const publication = await write(prepare(published));
      await enqueueCreated([publication]);
      return publication;
    },

    /** The same for each item of a batch. */
    publishing: (tenant: string): BatchSteps<NewEvent, Prepared, Publication> => ({
      prepare: async (item) => prepare({ ...item, tenant }),
      checkSize: ({ event }) => events.checkSize(event),
      write,
      handOff: enqueueCreated,
    }),

    /**
     * All or nothing as far as can be known beforehand: sizes as stored, conflicts within the batch
     * and with what is stored. Every input has its own id, so that repeating it after an outage is
     * safe. Only two batches that race with other content under the same id can leave part of the
     * loser behind.
     */
    publishBatch: async ({ inputs, tenant }: { inputs: NewEvent[]; tenant: string }): Promise<Event[]> => {
      await checkEach(inputs, checkPayload);
      const drafts = inputs.map((input) => draftOf({ input, tenant }));
      const all = drafts.map(accepted);
      await checkEach(all, events.checkSize);
      await checkBatch(drafts);
      const unique = [...new Map(all.map((event) => [event.id, event])).values()];
      const settled = await Promise.allSettled(unique.map(store));
      const done = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      await enqueue(done.flatMap(({ event, created }) => (created ? [event] : [])));
      const failure = settled.find((one) => one.status === 'rejected');
      if (failure) throw failure.reason;
      const stored = new Map(done.map(({ event }) => [event.id, event]));
      refuseOthers(drafts, stored);
      return drafts.flatMap((draft) => stored.get(draft.id) ?? []);
    },

    get: async ({ id, tenant }: { id: string; tenant: string }): Promise<Event> => {
      const event = await events.get(id);
      if (event?.tenant !== tenant) throw notFound(id);
      return event;
    },

    list: (query: EventQuery): Promise<Page<Event>> => events.list(query),
  };
};

const refuseOthers = (drafts: EventDraft[], stored: Map<string, Event>): void => {
  const errors = drafts.flatMap((draft, index) => {
    const event = stored.get(draft.id);
    if (!event || isSameContent(event, draft.fingerprint)) return [];
    return [{ pointer: `/${index}/id`, detail: OTHER_CONTENT }];
  });
  if (errors.length > 0) throw reused(errors);
};
