/**
 * Apart from the schemas that parse a time: a function that delivers has no use for Temporal, 20 KB
 * of its bundle.
 */
import * as z from 'zod';
import { TIME_TEXT_MAX } from './time.ts';

/** A time as it is shown. */
export const timeView = z.string().meta({ format: 'date-time', examples: ['2027-05-25T07:00:00.000Z'] });

export const erasedAtView = timeView.optional().meta({
  description: 'Its content was erased: what is left is a tombstone.',
});

/** A time as a client writes it, before it is parsed. */
export const timeText = z.string().max(TIME_TEXT_MAX, `must be at most ${TIME_TEXT_MAX} characters`);
