import { NEAR_MS } from '../../notifications/state/client-commands.ts';
import type { Timer, TimerPort } from '../../notifications/timer.ts';
import type { Clock } from '../../platform/clock.ts';
import type { DeliverMessage, ScheduleInput } from '../../schema/messages.ts';
import { DEFAULT_TENANT } from '../../schema/tenant.ts';
import type { Send } from './sender.ts';

const DELAY_SECONDS_MAX = 900;

/**
 * SQS delays count whole seconds: the floor, and the worker holds what is less than a second early. Bulk
 * comes after its due time instead: a campaign that is held would fill all places.
 */
const delayOf = (remainingMs: number, { priority }: Timer): number => {
  const seconds = priority === 'bulk' ? Math.ceil(remainingMs / 1000) : Math.floor(remainingMs / 1000);
  return Math.min(Math.max(seconds, 0), DELAY_SECONDS_MAX);
};

export const makeTimer = (options: { sendDelivery: Send; sendSchedule: Send; clock: Clock }): TimerPort => {
  const { sendDelivery, sendSchedule, clock } = options;

  const arm: TimerPort['arm'] = async (timer, options) => {
    const { id, tenant, seq, due, priority } = timer;
    const how = priority && { priority };
    const jumpedTo = clock.jumpedTo();
    const remainingMs = due - clock.now();
    if (remainingMs > NEAR_MS) {
      const whose = tenant !== DEFAULT_TENANT && { tenant };
      const body = { kind: 'schedule', id, ...whose, seq, due, ...how } satisfies ScheduleInput;
      return sendSchedule({ body, tenant, priority });
    }
    const delaySeconds = delayOf(remainingMs, timer);
    const body = { kind: 'deliver', id, seq, due, ...how } satisfies DeliverMessage;
    await sendDelivery({ body, delaySeconds, tenant, priority, ...options });
    // The local clock was advanced meanwhile: a delay counted from before would make it late by up
    // to 15 minutes of real time.
    if (delaySeconds > 0 && clock.jumpedTo() !== jumpedTo) await arm(timer, options);
  };

  return {
    arm,
    disarm: ({ id, tenant, seq, priority }) =>
      sendSchedule({ body: { kind: 'unschedule', id, seq } satisfies ScheduleInput, tenant, priority }),
  };
};
