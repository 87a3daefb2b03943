/** What a producer gives. Apart from the noun, as functions that deliver need no parser of times. */
import * as z from 'zod';
import { idempotencyKey } from '../schema/idempotency-key.ts';
import { parseTime } from '../schema/time.ts';
import { createShape, startingWith } from '../store/fields.ts';
import { type Extensions, eventFields } from './event.ts';

const time = z
  .string()
  .max(64, 'must be at most 64 characters')
  .refine((text) => parseTime(text) !== undefined, 'must be an RFC 3339 time that exists in the calendar')
  .optional()
  .meta({ description: 'When it happened. Default: when it was accepted.', examples: ['2027-06-01T09:00:00Z'] });

const members = { ...startingWith(createShape(eventFields), 'type', 'payload', 'id'), time };

export const newEventSchema = z.strictObject(members).meta({ id: 'NewEvent' });
export type NewEvent = z.output<typeof newEventSchema> & { extensions?: Extensions };

/** One of a batch. */
export const eventItemSchema = z
  .strictObject({ ...members, idempotency_key: idempotencyKey.optional() })
  .meta({ id: 'EventItem' });
