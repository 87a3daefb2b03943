import { Temporal } from 'temporal-polyfill';

/** The virtual clock may lead by this: ten times how far ahead a notification may be. */
export const HORIZON_YEARS = 100;

type ParsedDuration = { ok: true; milliseconds: number } | { ok: false; reason: string };

const refuse = (reason: string): ParsedDuration => ({ ok: false, reason });

const parse = (text: string): Temporal.Duration | undefined => {
  try {
    return Temporal.Duration.from(text);
  } catch {
    return undefined;
  }
};

/**
 * The length of an ISO 8601 duration from `now` (epoch ms) by the UTC calendar: P1M is 28 to 31
 * days.
 * @param real wall-clock time, from which the horizon counts
 */
export const parseAdvance = (value: unknown, { now, real }: { now: number; real: number }): ParsedDuration => {
  if (typeof value !== 'string') return refuse('must be an ISO 8601 duration in a string, for example "P7D"');
  const duration = parse(value);
  if (!duration)
    return refuse(`must be an ISO 8601 duration, for example "P7D", "PT90S" or "P1Y2M"; got "${value.slice(0, 100)}"`);
  if (duration.sign < 0) return refuse('must not be negative: the clock only moves forward');
  const horizon = Temporal.Instant.fromEpochMilliseconds(real).toZonedDateTimeISO('UTC').add({ years: HORIZON_YEARS });
  try {
    const from = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO('UTC');
    const milliseconds = from.add(duration).epochMilliseconds - now;
    if (milliseconds <= 0) return refuse('must be at least one millisecond');
    if (now + milliseconds <= horizon.epochMilliseconds) return { ok: true, milliseconds };
  } catch {
    // RangeError: the calendar cannot hold it, so it is beyond the horizon too.
  }
  return refuse(`must not lead more than ${HORIZON_YEARS} years ahead of the real time`);
};
