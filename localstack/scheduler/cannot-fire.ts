import { messageFor, type Place } from './target.ts';
import type { ScheduleDocument } from './types.ts';

/**
 * Why a schedule that AWS accepts cannot fire here at present; undefined when it can.
 * @param queueExists undefined: not known here
 */
export const cannotFireReason = (
  document: ScheduleDocument,
  place: Place,
  queueExists: ((queueArn: string) => boolean) | undefined,
): string | undefined => {
  const message = messageFor({ schedule: { document }, occurrence: 0, attempt: 1 }, place);
  if ('failure' in message) return message.failure.message;
  const isMissing = queueExists?.(message.queueArn) === false;
  return isMissing ? `There is no queue ${message.queueArn} yet` : undefined;
};
