import { parseCron } from './cron.ts';
import type { Firing, ScheduleDocument } from './types.ts';
import { instantOf } from './zone.ts';

/** `next(after)` is strictly after that instant; undefined when there is none. Epoch ms. */
export type Expression =
  | { kind: 'at'; at: number }
  | { kind: 'rate'; periodMs: number }
  | { kind: 'cron'; next(after: number): number | undefined };

const UNIT_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

const parseAt = (text: string, zone: string): Expression | undefined => {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(text)) return undefined;
  const wall = Date.parse(`${text}Z`);
  // Date.parse changes 30 February into 2 March: the text must stay the same.
  if (Number.isNaN(wall) || new Date(wall).toISOString().slice(0, 19) !== text) return undefined;
  return { kind: 'at', at: instantOf(wall, zone) };
};

/** Unlike EventBridge rules, Scheduler accepts `1 hours` too, as in examples of Terraform. */
const parseRate = (text: string): Expression | undefined => {
  const [, digits, unit] = /^(\d{1,9}) (minute|hour|day)s?$/.exec(text) ?? [];
  const value = Number(digits);
  return value ? { kind: 'rate', periodMs: value * UNIT_MS[unit as keyof typeof UNIT_MS] } : undefined;
};

/** Undefined when AWS would say "Invalid Schedule Expression". `zone` must be valid. */
export const parseExpression = (expression: string, zone: string): Expression | undefined => {
  const [, kind, text = ''] = /^(at|rate|cron)\((.*)\)$/.exec(expression) ?? [];
  if (kind === 'at') return parseAt(text, zone);
  if (kind === 'rate') return parseRate(text);
  const next = kind === 'cron' ? parseCron(text, zone) : undefined;
  return next && { kind: 'cron', next };
};

/** The first time strictly after `after`. `base` is the first occurrence of a rate. */
export const nextOccurrence = (
  expression: Exclude<Expression, { kind: 'at' }>,
  after: number,
  base: number,
): number | undefined => {
  if (expression.kind === 'cron') return expression.next(after);
  const periods = Math.max(0, Math.floor((after - base) / expression.periodMs) + 1);
  return base + periods * expression.periodMs;
};

/**
 * When a schedule fires next. A one-time schedule fires at its time, also a past one, and once
 * (`firedAt`); its dates are ignored. A recurring one fires after `after`, within its dates.
 */
export const planNext = (
  document: ScheduleDocument,
  state: { after: number; createdAt: number; firedAt: number | undefined },
  random: () => number,
): Firing | undefined => {
  const { State, StartDate, EndDate, FlexibleTimeWindow } = document;
  const expression = parseExpression(document.ScheduleExpression, document.ScheduleExpressionTimezone);
  if (State === 'DISABLED' || !expression) return undefined;
  const windowMs =
    FlexibleTimeWindow.Mode === 'FLEXIBLE' ? (FlexibleTimeWindow.MaximumWindowInMinutes ?? 0) * 60_000 : 0;
  const firing = (occurrence: number) => ({ occurrence, at: occurrence + Math.floor(random() * windowMs) });
  if (expression.kind === 'at') return expression.at === state.firedAt ? undefined : firing(expression.at);
  const startMs = StartDate === undefined ? undefined : Math.ceil(StartDate * 1000);
  const after = Math.max(state.after, (startMs ?? state.createdAt) - 1);
  const occurrence = nextOccurrence(expression, after, startMs ?? state.createdAt);
  if (occurrence === undefined || (EndDate !== undefined && occurrence > EndDate * 1000)) return undefined;
  return firing(occurrence);
};
