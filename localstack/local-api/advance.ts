import { setTimeout as sleep } from 'node:timers/promises';
import type { WritableClock } from '../clock.ts';
import type { DynamoDb } from '../dynamodb/index.ts';
import type { Scheduler } from '../scheduler/index.ts';
import type { Sqs } from '../sqs/index.ts';
import type { PlanTimes } from './plan-times.ts';

interface AdvanceParts {
  clock: Pick<WritableClock, 'now' | 'real' | 'offset' | 'advance' | 'advanceTo'>;
  sqs: Pick<Sqs, 'advanceTo' | 'nextDue' | 'inProgress'>;
  scheduler: Pick<Scheduler, 'wake' | 'isFiring' | 'nextAt'>;
  dynamodb: Pick<DynamoDb, 'wake'>;
  planning: PlanTimes;
  /** Real time, monotonic ms. */
  monotonic?: () => number;
  pause?: (ms: number) => Promise<unknown>;
}

export interface Advance {
  /**
   * Moves the clock by whole ms, stops at each due time, and waits there until the work is done.
   */
  pass(byMs: number): Promise<void>;
  /** Moves the clock by whole ms at once: everything in between becomes due together. */
  jump(byMs: number): void;
  /** The end of the current pass, epoch ms. */
  passingTo(): number | undefined;
  /** Ends the current pass. */
  stop(): void;
}

/** Real time for a whole pass; then the clock jumps to its end. */
export const PASS_MAX_MS = 20_000;
/**
 * Real time for the work at one due time, such as a slow receiver's answer; then the pass goes on.
 */
export const STEP_MAX_MS = 2_000;
const POLL_MS = 2;
/** From one pass of the service's reconciler to the next: what it plans is planned by then. */
const RECONCILED_MS = 60_000;

/** Moves the virtual clock, and what follows it. */
export const makeAdvance = (parts: AdvanceParts): Advance => {
  const { clock, sqs, scheduler, dynamodb, planning, monotonic = () => performance.now(), pause = sleep } = parts;
  let passingTo: number | undefined;
  let stopped = false;

  // The clock moves first: if the process dies in between, the queues follow at the next start.
  const follow = (): void => {
    sqs.advanceTo(clock.offset());
    scheduler.wake();
  };

  const jump = (byMs: number): void => {
    clock.advance(byMs);
    follow();
    dynamodb.wake();
  };

  const isBusy = (ignored: ReadonlySet<string>): boolean => {
    if (scheduler.isFiring()) return true;
    for (const id of sqs.inProgress()) if (!ignored.has(id)) return true;
    return false;
  };

  /** Waits for what is due. Later steps do not wait again for what took too long (`ignored`). */
  const settle = async (ignored: Set<string>, deadline: number): Promise<void> => {
    const end = Math.min(deadline, monotonic() + STEP_MAX_MS);
    while (!stopped && isBusy(ignored)) {
      if (monotonic() < end) await pause(POLL_MS);
      else {
        for (const id of sqs.inProgress()) ignored.add(id);
        return;
      }
    }
  };

  const nextDue = (): number => {
    const none = Number.POSITIVE_INFINITY;
    return Math.min(scheduler.nextAt() ?? none, sqs.nextDue(clock.offset()) ?? none);
  };

  /**
   * The next stop for what the reconciler plans. It is read again once it has passed: what is planned
   * meanwhile is planned ahead of its time.
   */
  const makeNextPlanned = async () => {
    const read = async () => ((await planning.nextAt()) ?? Number.POSITIVE_INFINITY) + RECONCILED_MS;
    let next = await read();
    return async (): Promise<number> => {
      if (next <= clock.now()) next = await read();
      // What is not planned by then has no worker to plan it.
      return next <= clock.now() ? Number.POSITIVE_INFINITY : next;
    };
  };

  const passTo = async (endOffset: number): Promise<void> => {
    const ignored = new Set<string>();
    const deadline = monotonic() + PASS_MAX_MS;
    await settle(ignored, deadline);
    const nextPlanned = await makeNextPlanned();
    while (!stopped && monotonic() < deadline) {
      const next = Math.min(nextDue(), await nextPlanned());
      if (next - clock.real() > endOffset) break;
      clock.advanceTo(next);
      follow();
      await settle(ignored, deadline);
    }
    if (stopped) return;
    const restMs = endOffset - clock.offset();
    if (restMs > 0) jump(restMs);
    await settle(ignored, monotonic() + STEP_MAX_MS);
  };

  return {
    jump,
    pass: async (byMs) => {
      passingTo = clock.now() + byMs;
      try {
        await passTo(clock.offset() + byMs);
      } finally {
        passingTo = undefined;
      }
    },
    passingTo: () => passingTo,
    stop: () => {
      stopped = true;
    },
  };
};
