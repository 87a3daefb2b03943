/**
 * RFC 9557: a time may end in annotations in brackets, `2027-06-01T09:00+02:00[Europe/Berlin]`.
 * Here they become the `timezone`.
 */
import { Temporal } from 'temporal-polyfill';
import type { FieldError } from '../errors.ts';
import { isSameZone, isTimeZone, parseTime } from '../schema/time.ts';
import type { Timing } from './due-time.ts';

const ANNOTATED = /^([^[\]]*)((?:\[[^[\]]*\])+)$/;
const ANNOTATION = /\[(!?)([^[\]]*)\]/g;

const CALENDAR = 'must not name another calendar than iso8601';
const CRITICAL = 'must have no critical annotation ([!...]) other than a time zone and u-ca=iso8601';
const ZONE = 'must name one IANA time zone, first in its brackets, for example [Europe/Berlin]';
const OFFSET = 'must have an offset that its time zone has at that time';

/** `Z` says nothing about the local offset (RFC 9557, 2.2), so that it contradicts no zone. */
const isOffsetOf = (text: string, zone: string): boolean => {
  if (!/[+-]\d{2}:?\d{2}$/.test(text)) return true;
  try {
    Temporal.ZonedDateTime.from(`${text.replace(' ', 'T')}[${zone}]`, { offset: 'reject' });
    return true;
  } catch {
    return false;
  }
};

/** An annotation `key=value` that is not known and not critical is passed over, as the RFC asks. */
const pairProblem = (critical: boolean, key: string, value: string): string | undefined => {
  if (key === 'u-ca') return value === 'iso8601' ? undefined : CALENDAR;
  return critical ? CRITICAL : undefined;
};

interface Read {
  text: string;
  zone?: string;
  problem?: string;
}

/**
 * The time without its annotations, and the zone that they name. What is no time is left to the
 * check of its form.
 */
const readAnnotations = (given: string): Read => {
  const [, text = '', annotations = ''] = ANNOTATED.exec(given) ?? [];
  if (!parseTime(text)) return { text: given };
  let zone: string | undefined;
  for (const [index, [, flag, content = '']] of [...annotations.matchAll(ANNOTATION)].entries()) {
    const [, key, value = ''] = /^([^=]*)=(.*)$/.exec(content) ?? [];
    const problem = key === undefined ? undefined : pairProblem(flag === '!', key, value);
    if (problem !== undefined) return { text, problem };
    if (key !== undefined) continue;
    if (index > 0 || !isTimeZone(content)) return { text, problem: ZONE };
    zone = content;
  }
  if (zone === undefined) return { text };
  return isOffsetOf(text, zone) ? { text, zone } : { text, zone, problem: OFFSET };
};

/**
 * What a client gave, with the zone in the brackets of its time moved to `timezone`. A zone there
 * that is another than the `timezone` beside it is an error, as is an offset that the zone does not
 * have at that time.
 */
export const withoutAnnotations = (given: Timing): { timing: Timing; errors: FieldError[] } => {
  const timing = { ...given };
  const errors: FieldError[] = [];
  for (const field of ['target_date', 'send_at'] as const) {
    if (given[field] === undefined) continue;
    const { text, zone, problem } = readAnnotations(given[field]);
    timing[field] = text;
    if (problem !== undefined) errors.push({ pointer: `/${field}`, detail: problem });
    if (zone === undefined) continue;
    timing.timezone ??= zone;
    if (isTimeZone(timing.timezone) && !isSameZone(timing.timezone, zone))
      errors.push({ pointer: '/timezone', detail: `must be the zone in the brackets of ${field}, or left out` });
  }
  return { timing, errors };
};
