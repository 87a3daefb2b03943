/**
 * What may happen to a notification after its creation, step by step, by the service's own state
 * machines.
 */
import { erase } from '../erasure/state/erasure-state.ts';
import type { Notification } from '../notifications/notification.ts';
import * as machine from '../notifications/state/client-commands.ts';
import { at, claim, finished, HOPELESS, moved, NOW, RETRY, SENT } from './states.ts';

const eraser = { jobId: 'era_1', names: () => true, token: () => 'token' };
const fail = (item: Notification) => finished(claim(item), { email: HOPELESS, sms: HOPELESS });
export const lives: Record<string, ((item: Notification) => Notification)[]> = {
  'sent, then erased': [
    (item) => claim(item),
    (item) => finished(item, { email: SENT, sms: RETRY }),
    (item) => finished(claim(item, NOW + 100_000), { sms: SENT }, NOW + 100_000),
    (item) => moved(erase(item, eraser, at())),
  ],
  'failed, then retried': [fail, (item) => moved(machine.retry(item, at()))],
  canceled: [(item) => moved(machine.cancel(item, at()))],
  stopped: [(item) => claim(item), (item) => moved(machine.stop(item, at()))],
};
