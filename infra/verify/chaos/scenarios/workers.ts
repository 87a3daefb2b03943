/**
 * Workers that freeze, whose clocks are wrong, or whose answers from the store are lost at the
 * worst moment.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Scenario } from '../scenario.ts';
import { WEBHOOK_PATH } from '../stack.ts';

/** Longer than a lease of 11.5 s and its margin of 5 s. */
const FROZEN_MS = 18_000;
const MINUTE_MS = 60_000;
/** Long enough for a freeze to meet sends in flight. */
const ANSWER_MS = 500;
const LONG_ANSWER_MS = 1_000;
const TAKE_OVER_MS = 3_000;

const frozen: Scenario = {
  name: 'worker frozen (SIGSTOP) past its lease, another goes on',
  isShort: true,
  stack: { second: {} },
  play: async ({ services: [worker], receiver, advance }) => {
    receiver.behave(WEBHOOK_PATH, { status: 200, afterMs: LONG_ANSWER_MS });
    await sleep(2_000);
    worker?.signal('SIGSTOP');
    await sleep(FROZEN_MS);
    // Two passes of the reconciler: the leases are taken over before their holder wakes.
    for (let pass = 0; pass < 2; pass += 1) {
      await advance(MINUTE_MS);
      await sleep(TAKE_OVER_MS);
    }
    worker?.signal('SIGCONT');
  },
  // Who asked the frozen one's API heard nothing.
  met: (_stack, { unanswered }) => unanswered,
};

const skewed = (text: string, skewMs: number, isShort: boolean): Scenario => ({
  name: `clock of one of two workers ${text}`,
  isShort,
  stack: {
    second: {
      env: { CHAOS_CLOCK_SKEW_MS: String(skewMs) },
      imports: [fileURLToPath(new URL('../skewed-clock.ts', import.meta.url))],
    },
  },
  // A clock 5 minutes ahead takes what is due now for too far in the past, and says so with a 400.
  load: { aheadMs: 8_000 },
  play: async ({ receiver }, { faultMs }) => {
    receiver.behave(WEBHOOK_PATH, { status: 200, afterMs: ANSWER_MS });
    await sleep(faultMs);
  },
  met: () => Math.abs(skewMs),
  leniency: { earlyMs: Math.max(0, skewMs) },
});

/** The fault keeps answers back: what was asked has been done. */
const partition = (text: string, isShort: boolean, service: string, operation: string): Scenario => ({
  name: `partition: answers lost at the ${text}`,
  isShort,
  play: async (stack, { faultMs }) => {
    await stack.fault({ service, operation, mode: 'hold', when: 'after', rate: 0.5 });
    await sleep(faultMs);
    await stack.fault({ service, mode: 'off' });
  },
  met: (stack) => stack.affected(),
});

export const workerScenarios: Scenario[] = [
  frozen,
  skewed('30 s ahead', 30_000, true),
  skewed('30 s behind', -30_000, false),
  skewed('5 min ahead', 300_000, false),
  skewed('5 min behind', -300_000, false),
  partition('claim', true, 'dynamodb', 'UpdateItem'),
  partition('finish', false, 'dynamodb', 'PutItem'),
  partition('acknowledgement', false, 'sqs', 'DeleteMessageBatch'),
];
