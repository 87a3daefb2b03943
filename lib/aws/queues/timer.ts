import { NEAR_MS } from '../../notifications/state/client-commands.ts';
import type { TimerPort } from '../../notifications/timer.ts';
import type { Clock } from '../../platform/clock.ts';
import type { DeliverMessage, ScheduleInput } from '../../schema/messages.ts';
import { DEFAULT_TENANT } from '../../schema/tenant.ts';
import type { Send } from './sender.ts';

/** SQS delays count whole seconds: the floor, and the worker holds what arrives less than a second early. */
const DELAY_SECONDS_MAX = 900;

export const makeTimer = (options: { sendDelivery: Send; sendSchedule: Send; clock: Clock }): TimerPort => {
  const { sendDelivery, sendSchedule, clock } = options;

  const arm: TimerPort['arm'] = async ({ id, tenant, seq, due }) => {
    const jumpedTo = clock.jumpedTo();
    const remainingMs = due - clock.now();
    if (remainingMs > NEAR_MS) {
      const whose = tenant !== DEFAULT_TENANT && { tenant };
      const body = { kind: 'schedule', id, ...whose, seq, due } satisfies ScheduleInput;
      return sendSchedule({ body, tenant });
    }
    const delaySeconds = Math.min(Math.max(Math.floor(remainingMs / 1000), 0), DELAY_SECONDS_MAX);
    const body = { kind: 'deliver', id, seq, due } satisfies DeliverMessage;
    await sendDelivery({ body, delaySeconds, tenant });
    // The local clock was advanced meanwhile: a delay counted from before would make it late by up
    // to 15 minutes of real time.
    if (delaySeconds > 0 && clock.jumpedTo() !== jumpedTo) await arm({ id, tenant, seq, due });
  };

  return {
    arm,
    disarm: ({ id, tenant, seq }) =>
      sendSchedule({ body: { kind: 'unschedule', id, seq } satisfies ScheduleInput, tenant }),
  };
};
