/**
 * Interleaving by choice: every asynchronous step of every actor waits at a checkpoint until a test
 * lets it pass, refuses it, loses its answer, or ends its actor there, as `kill -9` would.
 */
import { ServiceError } from '../errors.ts';

export interface Actor {
  kind: string;
  dead: boolean;
}

export const FAULTS = ['refuse', 'loseAnswer', 'die', 'dieAfter'] as const;
export type Fault = (typeof FAULTS)[number];
export type Passing = 'pass' | Fault;

interface Checkpoint {
  actor: Actor;
  step: string;
  /** Time going by cannot be refused; it can only pass, or the actor die meanwhile. */
  isSleep: boolean;
  open(how: Passing): void;
}

export const makeCheckpoints = () => {
  const waiting: Checkpoint[] = [];

  const kill = (actor: Actor): void => {
    actor.dead = true;
    for (const checkpoint of waiting.filter((each) => each.actor === actor))
      waiting.splice(waiting.indexOf(checkpoint), 1);
  };

  const through = <T>(
    actor: Actor,
    step: string,
    carryOut: () => Promise<T>,
    options: { isSleep?: boolean } = {},
  ): Promise<T> =>
    new Promise((resolve, reject) => {
      // What a dead actor still asks for is never answered.
      if (actor.dead) return;
      const checkpoint: Checkpoint = {
        actor,
        step,
        isSleep: options.isSleep ?? false,
        open: (how) => {
          if (waiting.includes(checkpoint)) waiting.splice(waiting.indexOf(checkpoint), 1);
          if (how === 'refuse') return reject(new Error(`${step} was refused`));
          if (how === 'die') return kill(actor);
          const done = carryOut();
          if (how === 'dieAfter') return kill(actor);
          if (how === 'loseAnswer') return reject(new Error(`the answer to ${step} was lost`));
          done.then(resolve, reject);
        },
      };
      waiting.push(checkpoint);
    });

  return { waiting, through };
};
export type Checkpoints = ReturnType<typeof makeCheckpoints>;

/** What a fault refuses is an outage, as the real stores report it. */
export const asOutage = <T>(call: Promise<T>): Promise<T> =>
  call.catch((error: unknown) => {
    throw error instanceof ServiceError ? error : new ServiceError('unavailable', String(error));
  });

/** Everything that was opened has come to its next checkpoint, or to its end. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
