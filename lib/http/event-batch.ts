import { type Batch, readBatch } from '../batch/read.ts';
import { isBatched, readBatch as readCloudEvents } from '../events/cloudevents.ts';
import { eventItemSchema, type NewEvent } from '../events/new-event.ts';
import { requireSize } from './body.ts';
import type { RouteRequest } from './types.ts';

/** Items in our own form, or a batch of CloudEvents, which is limited as a single request is. */
export const readEventBatch = (
  raw: Pick<RouteRequest, 'headers' | 'rawBody'>,
): { cloudEvents: NewEvent[] } | { batch: Batch<NewEvent> } => {
  if (!isBatched(raw.headers)) return { batch: readBatch(raw, { schema: eventItemSchema }) };
  requireSize(Buffer.byteLength(raw.rawBody));
  return { cloudEvents: readCloudEvents(raw.rawBody) };
};
