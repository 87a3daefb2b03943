import type { DeliverMessage, ScheduleMessage } from '../messages.ts';
import { NEAR_MS } from '../notification-machine.ts';
import type { Clock, TimerPort } from '../ports.ts';
import type { Send } from './sender.ts';

/** SQS delays count whole seconds: the floor, and the worker holds what arrives less than a second early. */
const DELAY_SECONDS_MAX = 900;

export const makeTimer = (options: { sendDelivery: Send; sendSchedule: Send; clock: Clock }): TimerPort => ({
  arm: ({ id, seq, due }) => {
    const remainingMs = due - options.clock.now();
    if (remainingMs > NEAR_MS) {
      return options.sendSchedule({
        body: JSON.stringify({ kind: 'schedule', id, seq, due } satisfies ScheduleMessage),
      });
    }
    const delaySeconds = Math.min(Math.max(Math.floor(remainingMs / 1000), 0), DELAY_SECONDS_MAX);
    return options.sendDelivery({
      body: JSON.stringify({ kind: 'deliver', id, seq, due } satisfies DeliverMessage),
      delaySeconds,
    });
  },
  disarm: ({ id, seq }) =>
    options.sendSchedule({ body: JSON.stringify({ kind: 'unschedule', id, seq } satisfies ScheduleMessage) }),
});
