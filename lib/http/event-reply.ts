/** What the handlers that publish events answer. */
import type { Outcome } from '../batch/run.ts';
import { type Event, viewEvent } from '../events/event.ts';
import type { Publication } from '../events/service.ts';
import { omitUndefined } from '../schema/omit-undefined.ts';
import { batchReply } from './batch-reply.ts';
import { created } from './created.ts';
import type { Occurrence } from './problem.ts';
import type { Reply } from './types.ts';

/** 200 says that its producer's own id was known: no Idempotency-Key asked for a replay. */
const statusOf = (publication: Publication): number => (publication.created || publication.replayed ? 201 : 200);

export const eventReply = (publication: Publication): Reply => {
  const { event, replayed } = publication;
  return created({ status: statusOf(publication), body: viewEvent(event) }, `/api/v1/events/${event.id}`, replayed);
};

/** All of them were accepted, or published before. */
export const eventsReply = (events: Event[]): Reply => ({ status: 201, body: events.map((event) => viewEvent(event)) });

export const eventBatchReply = (outcomes: Outcome<Publication>[], at: Occurrence): Reply =>
  batchReply(outcomes, at, (publication) => ({
    status: statusOf(publication),
    id: publication.event.id,
    ...omitUndefined({ replayed: publication.replayed || undefined }),
  }));
