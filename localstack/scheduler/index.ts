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

interface SchedulerOptions {
  /** Of `scheduler.sqlite`, for one process at a time. Created if missing. */
  directory: string;
  /** Schedules follow `now`, which may jump forward (then call `wake`); retries follow `real`. */
  clock: Clock;
  /** Uniform in [0, 1), for flexible windows and the jitter of retries. */
  random?: () => number;
  sendBatch: SendBatch;
  /** Default: not known. */
  queueExists?: (queueArn: string) => boolean;
  /** Warns of schedules that cannot fire, and of deliveries that are given up. */
  log?: Log;
  accountId?: string;
  region?: string;
}

export interface Scheduler {
  /** The API: /schedules, /schedule-groups and /tags. */
  handle(req: IncomingMessage, res: ServerResponse): void;
  /** To be called after the clock has jumped. */
  wake(): void;
  /** Whether anything that is due is not sent yet. */
  isFiring(): boolean;
  /** Epoch ms of the next firing of schedules that fire once, or at most once an hour. */
  nextAt(): number | undefined;
  /** Waits for what is being sent. */
  close(): Promise<void>;
  /** Stored schedules; since the start, invocations sent (`fired`) and given up (`failed`). */
  stats(): { schedules: number; fired: number; failed: number };
}

/** EventBridge Scheduler. Schedules that were due while it was down fire at its start. */
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
    nextAt: () => store.schedules.nextRareAt(clock.now()),
    async close() {
      await firing.close();
      store.close();
    },
    stats: () => ({ schedules: store.schedules.count(), ...firing.counters }),
  };
};
