/**
 * Commands sent so that they meet the claim of what they mean to prevent, on a machine that is as
 * busy as it is.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { inParallel } from '../kit/parallel.ts';
import type { TestStack } from '../kit/test-stack.ts';
import { createPatiently } from './careful-caller.ts';

export interface Races {
  count: number;
  /**
   * Callers, each of which begins its next race when the last is answered: a slow machine is asked
   * for less, and no race is lost to a queue.
   */
  lanes: number;
}

/** 200, the command came first; 409, the claim did; undefined, there was no answer. */
export type Verdict = 200 | 409 | undefined;

/** How long before its due time a notification is made on an idle machine. */
const LEAD_MS = 1_200;
const STEP_MS = 4;
const STEP_MAX_MS = 256;
const SPREAD_MS = 40;
/**
 * Of the slowest POST, with each that comes after it: all lanes begin at once, which is slower than
 * anything later.
 */
const SLOWNESS_KEPT = 0.95;

/**
 * When to make a notification and when to send the command: a little earlier each time that the
 * claim won, a little later each time that it lost, by twice as much while one of them keeps
 * winning, and spread around that.
 */
const makeAim = () => {
  let offsetMs = 0;
  let stepMs = STEP_MS;
  let last: boolean | undefined;
  let createMs = 0;
  return {
    /** Ahead enough for the answer to the POST to be here before the command's moment. */
    leadMs: (): number => LEAD_MS + 2 * createMs + Math.max(0, -offsetMs),
    created: (tookMs: number): void => {
      createMs = Math.max(tookMs, createMs * SLOWNESS_KEPT);
    },
    offsetMs: (): number => offsetMs + (Math.random() * 2 - 1) * SPREAD_MS,
    learn: (status: Verdict): void => {
      const won = status === 200;
      stepMs = won === last ? Math.min(stepMs * 2, STEP_MAX_MS) : STEP_MS;
      last = won;
      offsetMs += won ? stepMs : -stepMs;
    },
  };
};

/**
 * @param input the notification of race `index`, without its time
 * @param command what is sent at about the due time, epoch ms, and what it was answered
 */
export const raceClaims = async <Outcome extends { status: Verdict }>(
  stack: TestStack,
  { count, lanes }: Races,
  input: (index: number) => object,
  command: (id: string, due: number) => Promise<Outcome>,
): Promise<(Outcome & { id: string })[]> => {
  const aim = makeAim();
  return inParallel(count, lanes, async (index) => {
    const begun = Date.now();
    const due = begun + aim.leadMs();
    const { id } = await createPatiently(stack, { send_at: new Date(due).toISOString(), ...input(index) });
    aim.created(Date.now() - begun);
    await sleep(Math.max(0, due + aim.offsetMs() - Date.now()));
    const outcome = await command(id, due);
    aim.learn(outcome.status);
    return { id, ...outcome };
  });
};
