/** Cron expressions of five fields: what is accepted, and the local times that one names. */
import { Cron } from 'croner';

export const CRON_MAX = 128;
/** Between two occurrences. */
export const INTERVAL_MIN_MINUTES = 5;

const FIELDS = 'minute, hour, day of month, month, day of week';
const MONTHS = 'jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec';
const DAYS = 'sun|mon|tue|wed|thu|fri|sat';
/** Of what croner reads beyond that (`?`, `W`, `+`, `@daily`), schedulers have no common meaning. */
const FIELD = new RegExp(String.raw`^(?:[\d*,/#-]|L|${MONTHS}|${DAYS})+$`, 'i');

/**
 * Without clock changes: its times are read as the local times of any zone. `timezone: 'UTC'` says
 * the same and takes ten times as long.
 */
const parse = (text: string): Cron => new Cron(text, { mode: '5-part', utcOffset: 0 });

/** The numbers of a field that has been accepted: `*`, `a`, `a-b`, each with a step, in a list. */
const expand = (field: string, max: number): number[] => {
  const numbers = field.split(',').flatMap((item) => {
    const [range = '', step = '1'] = item.split('/');
    const [first = 0, last = first] = range === '*' ? [0, max] : range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, n) => first + n).filter(
      (n) => (n - first) % Number(step) === 0,
    );
  });
  return [...new Set(numbers)].sort((a, b) => a - b);
};

/** The fewest minutes from one time of a day to the next, over midnight too. */
const shortestInterval = ([minute = '', hour = '']: string[]): number => {
  const minutes = expand(minute, 59);
  const times = expand(hour, 23).flatMap((h) => minutes.map((m) => h * 60 + m));
  return Math.min(...times.map((time, n) => (times[n + 1] ?? (times[0] ?? 0) + 1_440) - time));
};

/** The rule that an expression breaks; undefined for one that is accepted. */
export const cronProblem = (text: string): string | undefined => {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 5) return `must have 5 fields (${FIELDS}), for example 0 9 * * mon-fri`;
  if (!fields.every((field) => FIELD.test(field)))
    return `must have numbers, names, *, commas, -, /, L and # alone in its fields (${FIELDS})`;
  try {
    parse(text);
  } catch (error) {
    return `must be a cron expression of 5 fields: ${String((error as Error).message).replace(/^CronPattern: /, '')}`;
  }
  if (shortestInterval(fields) >= INTERVAL_MIN_MINUTES) return undefined;
  return `must leave at least ${INTERVAL_MIN_MINUTES} minutes between two occurrences, as */5 * * * * does`;
};

/**
 * The first local time after another, both as epoch ms of the same time in UTC; undefined when
 * there is none.
 */
export type Calendar = (after: number) => number | undefined;

/** @param text one that {@link cronProblem} accepts */
export const calendarOf = (text: string): Calendar => {
  const cron = parse(text);
  return (after) => cron.nextRun(new Date(after))?.getTime();
};
