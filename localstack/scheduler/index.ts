import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../lib/platform/clock.ts';
import type { Log } from '../../lib/telemetry/log-interface.ts';
import { accountId as localAccountId } from '../http/account.ts';
import { makeGroupActions } from './actions/groups.ts';
import { makeScheduleActions } from './actions/schedules.ts';
import { makeTagActions } from './actions/tags.ts';
import { makeFiring } from './firing.ts';
import { makeRouter } from './router.ts';
import { makeStore } from './store.ts';
import type { SendBatch } from './types.ts';

export interface SchedulerOptions {
  /** Holds `scheduler.sqlite`; made when absent. One process at a time. */
  directory: string;
  /** `now` is what schedules follow and may jump forward (call `wake` then); retries follow `real`. */
  clock: Clock;
  /** Uniform in [0, 1): the point in a flexible window, the jitter of retries. */
  random?: () => number;
  sendBatch: SendBatch;
  /** Whether there is such a queue now. Default: not known. */
  queueExists?: (queueArn: string) => boolean;
  /** What cannot be invoked, and what is given up, are warnings. */
  log?: Log;
  accountId?: string;
  region?: string;
}

export interface Scheduler {
  /** Serves rest-json under /schedules, /schedule-groups and /tags. */
  handle(req: IncomingMessage, res: ServerResponse): void;
  /** To be called after the clock has jumped. */
  wake(): void;
  /** Something that is due is on its way to its queue. */
  isFiring(): boolean;
  /** Epoch ms of the next firing of a schedule that fires once, or at most once an hour. */
  nextAt(): number | undefined;
  /** Waits for what is being sent. */
  close(): Promise<void>;
  /** `schedules` stored now; since the start, invocations sent (`fired`) and given up (`failed`). */
  stats(): { schedules: number; fired: number; failed: number };
}

/** EventBridge Scheduler, its API and its firing. What was missed while it was down fires now. */
export const makeScheduler = (options: SchedulerOptions): Scheduler => {
  const { directory, clock, sendBatch, queueExists, log, random = Math.random } = options;
  const { accountId = localAccountId, region = 'us-east-1' } = options;
  const store = makeStore(directory);
  store.groups.insert('default', clock.now(), undefined, {});
  const firing = makeFiring({ store, clock, random, sendBatch, log, accountId, region });
  const context = { store, clock, random, log, accountId, region, queueExists, wake: firing.wake };
  const actions = { ...makeScheduleActions(context), ...makeGroupActions(context), ...makeTagActions(context) };
  firing.wake();
  return {
    handle: makeRouter(actions, log),
    wake: firing.wake,
    isFiring: firing.isFiring,
    nextAt: () => store.schedules.nextSeldomAt(clock.now()),
    async close() {
      await firing.close();
      store.close();
    },
    stats: () => ({ schedules: store.schedules.count(), ...firing.counters }),
  };
};
