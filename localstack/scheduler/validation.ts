import { validation } from './errors.ts';
import { parseExpression } from './expression.ts';
import { checkTarget } from './target-arn.ts';
import type { ScheduleDocument, Target } from './types.ts';
import { isTimeZone } from './zone.ts';

/** The oldest StartDate that a recurring schedule may have. */
const START_GRACE_MS = 300_000;

const checkWindow = ({ Mode, MaximumWindowInMinutes }: ScheduleDocument['FlexibleTimeWindow']) => {
  if (Mode === 'FLEXIBLE' && MaximumWindowInMinutes === undefined)
    throw validation('MaximumWindowInMinutes must be provided when FlexibleTimeWindow mode is FLEXIBLE.');
  if (Mode === 'OFF' && MaximumWindowInMinutes !== undefined)
    throw validation('MaximumWindowInMinutes must not be provided when FlexibleTimeWindow mode is OFF.');
};

const checkDates = ({ StartDate, EndDate }: ScheduleDocument, now: number) => {
  if (StartDate !== undefined && StartDate * 1000 < now - START_GRACE_MS)
    throw validation('The StartDate you specify cannot be earlier than 5 minutes ago.');
  if (EndDate !== undefined && EndDate * 1000 < now) throw validation('The EndDate you specify cannot be in the past.');
  if (StartDate !== undefined && EndDate !== undefined && EndDate <= StartDate)
    throw validation('The EndDate you specify must come after the StartDate you specify.');
};

/** The input with AWS's defaults, in a fixed order of members. */
export const withDefaults = (input: Record<string, unknown>): ScheduleDocument => {
  const { ClientToken: _, ...given } = input as Partial<ScheduleDocument> & { ClientToken?: string };
  const target = given.Target as Target;
  const retries = { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185, ...target.RetryPolicy };
  return {
    ...(given as ScheduleDocument),
    GroupName: given.GroupName ?? 'default',
    ScheduleExpressionTimezone: given.ScheduleExpressionTimezone ?? 'UTC',
    State: given.State ?? 'ENABLED',
    ActionAfterCompletion: given.ActionAfterCompletion ?? 'NONE',
    Target: { ...target, RetryPolicy: retries },
  };
};

/**
 * The rules beyond the model. A one-time schedule ignores StartDate and EndDate, so they are not
 * checked.
 * @throws ValidationException
 */
export const checkSchedule = (document: ScheduleDocument, now: number): void => {
  const { ScheduleExpression, ScheduleExpressionTimezone: zone } = document;
  if (!isTimeZone(zone)) throw validation(`Invalid Schedule Expression Timezone ${zone}.`);
  const expression = parseExpression(ScheduleExpression, zone);
  if (!expression) throw validation(`Invalid Schedule Expression ${ScheduleExpression}.`);
  checkWindow(document.FlexibleTimeWindow);
  checkTarget(document.Target);
  if (expression.kind !== 'at') checkDates(document, now);
};
