import { STRUCTURED } from '../events/cloudevents.ts';
import type { Event } from '../events/event.ts';
import { accept } from '../events/state/event-state.ts';

export const ACCEPTED_AT = Date.parse('2026-03-01T12:00:00.000Z');

/** An event as the store has it right after its acceptance. */
export const makeEvent = (changes: Partial<Event> = {}): Event => ({
  ...accept(
    { id: 'evt_1', tenant: 'default', type: 'user.signup', source: 'api', payload: {} },
    { now: ACCEPTED_AT, writeId: 'first' },
  ).next,
  ...changes,
});

/** A CloudEvent in the JSON format, and the request that publishes it in structured mode. */
export const makeCloudEvent = (changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  specversion: '1.0',
  id: 'A234-1234-1234',
  source: 'https://example.com/storage/tenant/container',
  type: 'com.example.someevent',
  data: { user_id: 123 },
  ...changes,
});
export const structured = (changes: Record<string, unknown> = {}) => ({
  headers: { 'content-type': STRUCTURED },
  rawBody: JSON.stringify(makeCloudEvent(changes)),
});
