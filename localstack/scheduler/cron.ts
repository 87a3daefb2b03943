import { Cron } from 'croner';
import { instantOf, wallTime } from './zone.ts';

/** One of the six fields: its bounds, its names for numbers, and its special forms. */
interface Field {
  min: number;
  max: number;
  names?: string[];
  /** Forms with L, W and #, which the calendar (croner) reads as they are. */
  special?: RegExp;
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

/** minutes hours day-of-month month day-of-week (1 = SUN) year (User Guide, "Schedule types"). */
const FIELDS: Field[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31, special: /^(L|LW|(?:[1-9]|[12]\d|3[01])W)$/ },
  { min: 1, max: 12, names: MONTHS },
  { min: 1, max: 7, names: DAYS, special: /^(L|[1-7]L|[1-7]#[1-5])$/ },
  { min: 1970, max: 2199 },
];

const numberOf = (text: string, field: Field): number => {
  const named = (field.names ?? []).indexOf(text);
  if (named >= 0) return named + field.min;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return value >= field.min && value <= field.max ? value : Number.NaN;
};

/** The numbers of `a`, `a-b`, `a/n`, `a-b/n`, `*` or `*` + `/n`; empty for another form. */
const expand = (item: string, field: Field): number[] => {
  const [range = '', step, ...more] = item.split('/');
  const [from = '', to, ...rest] = range.split('-');
  if (more.length > 0 || rest.length > 0 || (step !== undefined && !/^[1-9]\d*$/.test(step))) return [];
  const first = range === '*' ? field.min : numberOf(from, field);
  const open = range === '*' || (to === undefined && step !== undefined);
  const last = open ? field.max : numberOf(to ?? from, field);
  const numbers: number[] = [];
  for (let n = first; n <= last; n += Number(step ?? 1)) numbers.push(n);
  return numbers;
};

/** The field for the calendar: `*`, a special form or numbers; undefined if AWS would refuse it. */
const normalize = (text: string, field: Field): string | undefined => {
  if (text === '*') return '*';
  if (field.special) {
    const plain = text.replace(/^[A-Z]{3}(?=[L#])/, (name) => String(numberOf(name, field)));
    // Alone in the day-of-week field, L is its last value, Saturday.
    if (field.special.test(plain)) return plain === 'L' && field.max === 7 ? '7' : plain;
  }
  const items = text.split(',').map((item) => expand(item, field));
  if (items.some((numbers) => numbers.length === 0)) return undefined;
  return [...new Set(items.flat())].sort((a, b) => a - b).join(',');
};

const parse = (fields: string[]): string | undefined => {
  const [, , dayOfMonth, , dayOfWeek] = fields;
  if (fields.length !== 6 || (dayOfMonth === '?') === (dayOfWeek === '?')) return undefined;
  const parts = FIELDS.map((field, i) => {
    const text = (fields[i] ?? '').toUpperCase();
    return text === '?' ? (i === 2 || i === 4 ? '*' : undefined) : normalize(text, field);
  });
  return parts.includes(undefined) ? undefined : `0 ${parts.join(' ')}`;
};

/**
 * The first time strictly after an instant; undefined when there is none. A local time that the
 * zone skips in spring is skipped; one that it repeats in autumn counts the first time only.
 */
export const parseCron = (text: string, zone: string): ((after: number) => number | undefined) | undefined => {
  const pattern = parse(text.split(/ +/));
  if (pattern === undefined) return undefined;
  const calendar = new Cron(pattern, { mode: '7-part', timezone: 'UTC', alternativeWeekdays: true });
  return (after) => {
    let wall = wallTime(after, zone);
    for (;;) {
      const candidate = calendar.nextRun(new Date(wall))?.getTime();
      if (candidate === undefined) return undefined;
      wall = candidate;
      const instant = instantOf(wall, zone);
      if (instant > after && wallTime(instant, zone) === wall) return instant;
    }
  };
};
