/** What a producer gives. Apart from the noun, as functions that deliver need no parser of times. */
import * as z from 'zod';
import { parseTime } from '../schema/time.ts';
import { createShape, startingWith } from '../store/fields.ts';
import { type Extensions, eventFields } from './event.ts';

const time = z
  .string()
  .max(64, 'must be at most 64 characters')
  .refine((text) => parseTime(text) !== undefined, 'must be an RFC 3339 time that exists in the calendar')
  .optional()
  .meta({ description: 'When it happened. Default: when it was accepted.', examples: ['2027-06-01T09:00:00Z'] });

export const newEventSchema = z
  .strictObject({ ...startingWith(createShape(eventFields), 'type', 'payload', 'id'), time })
  .meta({ id: 'NewEvent' });
export type NewEvent = z.output<typeof newEventSchema> & { extensions?: Extensions };
