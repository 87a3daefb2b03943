import { setTimeout as sleep } from 'node:timers/promises';
import type { WritableClock } from '../clock.ts';
import type { DynamoDb } from '../dynamodb/index.ts';
import type { Scheduler } from '../scheduler/index.ts';
import type { Sqs } from '../sqs/index.ts';

export interface AdvanceParts {
  clock: Pick<WritableClock, 'now' | 'real' | 'offset' | 'advance' | 'advanceTo'>;
  sqs: Pick<Sqs, 'advanceTo' | 'nextDue' | 'inProgress'>;
  scheduler: Pick<Scheduler, 'wake' | 'isFiring' | 'nextAt'>;
  dynamodb: Pick<DynamoDb, 'wake'>;
  /** Real time, monotonic ms. */
  monotonic?: () => number;
  pause?: (ms: number) => Promise<unknown>;
}

export interface Advance {
  /** Moves the clock by whole ms, from due time to due time, and waits at each until the work is done. */
  pass(byMs: number): Promise<void>;
  /** Moves the clock by whole ms at once: what was due in between becomes due together. */
  jump(byMs: number): void;
  /** Up to when it passes at the moment, epoch ms. */
  passingTo(): number | undefined;
  /** Ends a pass where it is. */
  stop(): void;
}

/** Real time that a whole pass may take; then the clock jumps over the rest. */
export const PASS_MAX_MS = 20_000;
/**
 * Real time that the work at one due time may take, a slow receiver's answer for example; then the
 * pass goes on without it.
 */
export const STEP_MAX_MS = 2_000;
const POLL_MS = 2;

/** How the virtual clock of the local AWS moves forward, and what follows it. */
export const makeAdvance = (parts: AdvanceParts): Advance => {
  const { clock, sqs, scheduler, dynamodb, monotonic = () => performance.now(), pause = sleep } = parts;
  let passingTo: number | undefined;
  let stopped = false;

  // The clock moves first: should the process die in between, the queues catch up with it at the next start.
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

  /**
   * Until what is due is done. What takes too long is added to `ignored`, so that no later step
   * waits for it again.
   */
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

  const passTo = async (endOffset: number): Promise<void> => {
    const ignored = new Set<string>();
    const deadline = monotonic() + PASS_MAX_MS;
    await settle(ignored, deadline);
    while (!stopped && monotonic() < deadline) {
      const next = nextDue();
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
