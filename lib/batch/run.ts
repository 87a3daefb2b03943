/** Carries a batch out: each item by itself, as a request of its own would be. */
import { makeFairSemaphore } from '../concurrency/fair-semaphore.ts';
import { makeStarts } from '../concurrency/starts.ts';
import { asServiceError, catalogue, ServiceError, validationFailed } from '../errors.ts';
import type { Clock } from '../platform/clock.ts';
import { stopwatch } from '../platform/stopwatch.ts';
import type { Log } from '../telemetry/log-interface.ts';
import { type Batch, type Item, ofItem } from './read.ts';

/** Items of all batches at once in a process: a quarter of its clients' calls (lib/aws/clients.ts). */
const AT_ONCE_MAX = 16;
const AT_ONCE_OF_TENANT = 8;
/** Items begin this long per turn of the event loop: a request beside them needs some ten turns. */
const BEGIN_MS = 1;
/**
 * An item that has not begun by then is refused. One that has may take 9 s more while nothing
 * answers, and the hand-off 1 s: together below the function's timeout.
 */
const BEGUN_WITHIN_MS = 8_000;
/**
 * What was prepared longer ago is prepared again before it is written: with the 9 s of a write its time of
 * acceptance must be less than 15 s old when it is stored, as a bulk cancel looks again then.
 */
const FRESH_MS = 2_000;

export interface BatchSteps<I, P extends { id: string }, R> {
  /** Judges by every rule, and writes nothing. Throws ServiceError. */
  prepare(item: Item<I>): Promise<P>;
  /** Throws `payload-too-large` for what `write` would refuse for its size. */
  checkSize(prepared: P): Promise<void>;
  /** One conditional write. */
  write(prepared: P): Promise<R>;
  /** What follows all that was written. Best effort: it never rejects. */
  handOff(results: R[]): Promise<void>;
}

export type Outcome<R> = { result: R } | { error: ServiceError };

const tooLate = (): ServiceError =>
  new ServiceError('unavailable', 'The batch took too long; send this item again', { headers: { 'retry-after': '1' } });

const isInvalid = ({ code }: ServiceError): boolean => code === 'validation-failed' || code === 'payload-too-large';

/** Throws `validation-failed` with all that is wrong with any of them. */
const refuseInvalid = (outcomes: Outcome<unknown>[]): void => {
  const invalid = outcomes.flatMap((one) => ('error' in one && isInvalid(one.error) ? (one.error.errors ?? []) : []));
  if (invalid.length > 0) throw validationFailed(invalid);
};

/** In order, but what has the same id in a chain of its own: the first of them is the one that is stored. */
const chainsOf = <P extends { id: string }>(prepared: Outcome<P>[]): { index: number; value: P }[][] => {
  const ready = prepared.flatMap((one, index) => ('result' in one ? [{ index, value: one.result }] : []));
  return [...Map.groupBy(ready, ({ value }) => value.id).values()];
};

const resultsOf = <R>(outcomes: Outcome<R>[]): R[] => outcomes.flatMap((one) => ('result' in one ? [one.result] : []));

export const makeBatchRunner = ({ clock, log }: { clock: Clock; log: Log }) => {
  const permits = makeFairSemaphore({ permits: AT_ONCE_MAX, shareOf: () => AT_ONCE_OF_TENANT });
  const start = makeStarts(BEGIN_MS);

  const logFailures = (outcomes: Outcome<unknown>[]): void => {
    const errors = outcomes.flatMap((one) => ('error' in one ? [one.error] : []));
    const failed = errors.filter(({ code }) => catalogue[code].status >= 500);
    const [first] = failed;
    if (first) log.error('batch.items_failed', { items: failed.length, code: first.code, error: first.cause });
  };

  /** Does the work of an item once it has a permit. */
  const makeItemRunner =
    (tenant: string, elapsed: () => number) =>
    async <T>(index: number, work: () => Promise<T>): Promise<Outcome<T>> => {
      const begin = async (): Promise<T> => {
        await start();
        if (elapsed() > BEGUN_WITHIN_MS) throw tooLate();
        return work();
      };
      try {
        return { result: await permits.run(tenant, begin) };
      } catch (error) {
        return { error: ofItem(asServiceError(error), index) };
      }
    };

  /** Outcomes in the order of the items. Throws `validation-failed` when one is invalid and `rejectsAll`. */
  return async <I, P extends { id: string }, R>(
    { items, rejectsAll }: Batch<I>,
    tenant: string,
    steps: BatchSteps<I, P, R>,
  ): Promise<Outcome<R>[]> => {
    const elapsed = stopwatch(clock);
    const runItem = makeItemRunner(tenant, elapsed);
    const preparedAt: number[] = [];
    const prepare = async (index: number, read: () => Item<I>): Promise<P> => {
      preparedAt[index] = elapsed();
      const prepared = await steps.prepare(read());
      if (rejectsAll) await steps.checkSize(prepared);
      return prepared;
    };
    const prepared = await Promise.all(items.map((read, index) => runItem(index, () => prepare(index, read))));
    if (rejectsAll) refuseInvalid(prepared);

    const fresh = async (index: number, prepared: P): Promise<P> => {
      const read = items[index];
      return read && elapsed() - (preparedAt[index] ?? 0) > FRESH_MS ? steps.prepare(read()) : prepared;
    };

    const written = new Map<number, Outcome<R>>();
    const writeChain = async (chain: { index: number; value: P }[]): Promise<void> => {
      for (const { index, value } of chain)
        written.set(index, await runItem(index, async () => steps.write(await fresh(index, value))));
    };
    await Promise.all(chainsOf(prepared).map(writeChain));
    const outcomes = prepared.map((one, index) => ('error' in one ? one : (written.get(index) as Outcome<R>)));
    await steps.handOff(resultsOf(outcomes));
    logFailures(outcomes);
    return outcomes;
  };
};
