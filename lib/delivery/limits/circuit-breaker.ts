/** The circuits of all endpoints as this process sees them, kept in a store that all workers share. */

import { makeFairSemaphore } from '../../concurrency/fair-semaphore.ts';
import { makeLoadingCache } from '../../concurrency/loading-cache.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Random } from '../../platform/random.ts';
import { updateItem } from '../../store/update-item.ts';
import { type Circuit, type Failure, failed, probed, unprobed } from './circuit.ts';
import type { CircuitStore } from './repository.ts';

/**
 * So old may a view be. A success that finds a view without failures writes nothing; the failures
 * it has not seen are then at most this old, so a series of failures is never taken to be older
 * than it is by more than this.
 */
export const VIEW_MAX_AGE_MS = 2_000;
const ENTRIES_MAX = 1_000;

export const makeCircuits = (ports: { circuits: CircuitStore; clock: Clock; random: Random; probeMs: number }) => {
  const { circuits, clock, random } = ports;
  const views = makeLoadingCache({ load: circuits.get, maxAgeMs: VIEW_MAX_AGE_MS, entriesMax: ENTRIES_MAX, clock });
  /**
   * One change of a circuit at a time within the process: each sees the result of the one before,
   * and most have nothing to write.
   */
  const changes = makeFairSemaphore({ permits: Number.POSITIVE_INFINITY, shareOf: () => 1 });

  /** What is stored now is remembered, also when another worker wrote it. */
  const replace = async (id: string, next: Circuit | undefined, current: Circuit | undefined) => {
    const result = await circuits.replace(id, next, current?.writeId);
    const circuit = result.written ? next : result.current;
    views.set(id, circuit);
    return { written: result.written, current: { circuit } };
  };

  /** `decide` returns the circuit it was given for "nothing to write". Undefined closes it. */
  const change = async (
    id: string,
    decide: (circuit: Circuit | undefined) => Circuit | undefined,
  ): Promise<Circuit | undefined> => {
    const { after } = await updateItem<{ circuit: Circuit | undefined }>(
      async (next, current) => replace(id, next.circuit, current.circuit),
      { circuit: await views.get(id) },
      (view) => {
        const circuit = decide(view.circuit);
        return circuit === view.circuit ? view : { circuit };
      },
    );
    return after?.circuit;
  };

  return {
    view: views.get,

    /** Wins the probe that `admit` asked for, or learns that another worker has it. */
    probe: async (id: string, circuit: Circuit): Promise<string | undefined> => {
      const probe = { id: random.token(), until: clock.real() + ports.probeMs };
      const { written } = await replace(id, probed(circuit, probe, random.token()), circuit);
      return written ? probe.id : undefined;
    },

    unprobe: (id: string, probeId: string): Promise<Circuit | undefined> =>
      changes.run(id, () => change(id, (circuit) => unprobed(circuit, probeId, random.token()))),

    failed: (id: string, failure: Failure): Promise<Circuit | undefined> =>
      changes.run(id, () =>
        change(id, (circuit) => failed(circuit, failure, { now: clock.now(), writeId: random.token() })),
      ),

    succeeded: (id: string): Promise<Circuit | undefined> => changes.run(id, () => change(id, () => undefined)),
  };
};
export type Circuits = ReturnType<typeof makeCircuits>;
