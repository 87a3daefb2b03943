/**
 * Interleaving by choice: every asynchronous step of every actor waits at a checkpoint until a test lets it pass, refuses it,
 * loses its answer, or ends its actor there, as `kill -9` would.
 */
export interface Actor {
  kind: string;
  dead: boolean;
}

export const FAULTS = ['refuse', 'loseAnswer', 'die', 'dieAfter'] as const;
export type Fault = (typeof FAULTS)[number];
export type Passing = 'pass' | Fault;

export interface Gate {
  actor: Actor;
  step: string;
  /** Time going by cannot be refused; it can only pass, or the actor die meanwhile. */
  isSleep: boolean;
  open(how: Passing): void;
}

export const makeGates = () => {
  const waiting: Gate[] = [];

  const kill = (actor: Actor): void => {
    actor.dead = true;
    for (const gate of waiting.filter((each) => each.actor === actor)) waiting.splice(waiting.indexOf(gate), 1);
  };

  const through = <T>(
    actor: Actor,
    step: string,
    carryOut: () => Promise<T>,
    options: { isSleep?: boolean; signal?: AbortSignal } = {},
  ): Promise<T> =>
    new Promise((resolve, reject) => {
      // What a dead actor still asks for is never answered.
      if (actor.dead) return;
      const remove = (): void => {
        if (waiting.includes(gate)) waiting.splice(waiting.indexOf(gate), 1);
      };
      const gate: Gate = {
        actor,
        step,
        isSleep: options.isSleep ?? false,
        open: (how) => {
          remove();
          if (how === 'refuse') return reject(new Error(`${step} was refused`));
          if (how === 'die') return kill(actor);
          const done = carryOut();
          if (how === 'dieAfter') return kill(actor);
          if (how === 'loseAnswer') return reject(new Error(`the answer to ${step} was lost`));
          done.then(resolve, reject);
        },
      };
      options.signal?.addEventListener('abort', () => {
        remove();
        reject(new Error('aborted'));
      });
      waiting.push(gate);
    });

  return { waiting, through };
};
export type Gates = ReturnType<typeof makeGates>;
