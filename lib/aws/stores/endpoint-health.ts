/**
 * What deliveries learn about an endpoint: an item beside the endpoint's own, `eph_` and the same
 * 26 characters. Its two parts are written without regard to each other: the circuit by its own
 * write id, the row of a rate limit by comparing times.
 */
import { makeBoundedCache } from '../../concurrency/bounded-cache.ts';
import type { Circuit } from '../../delivery/limits/circuit.ts';
import type { CircuitStore, RateStore } from '../../delivery/limits/repository.ts';
import type { EndpointHealth } from '../../endpoints/health.ts';
import type { EndpointHealthReader } from '../../endpoints/repository.ts';
import type { Clock } from '../../platform/clock.ts';
import { type Item, type Mapping, optional, type Table } from '../table/table.ts';
import { unavailable } from '../unavailable.ts';

/** Far beyond every time in it; an endpoint that is heard of no more leaves nothing behind. */
const KEPT_SECONDS = 365 * 86_400;
/** Each try fails only if the row was caught up with, or begun, since the one before. */
const TRIES_MAX = 8;
/** Whose rows are remembered, to try first what is likely. */
const ROWS_MAX = 1_000;

interface HealthItem {
  id: string;
  circuit?: Circuit;
  nextFreeAt?: number;
}

const mapping: Mapping<HealthItem> = {
  toItem: ({ id, circuit, nextFreeAt }) => ({ id, circuit, next_free_at: nextFreeAt }),
  fromItem: (item: Item) => ({
    id: item.id,
    ...optional<'circuit', Circuit>('circuit', item.circuit),
    ...optional<'nextFreeAt', number>('nextFreeAt', item.next_free_at),
  }),
};

const healthId = (endpointId: string): string => endpointId.replace(/^end_/, 'eph_');
const endpointIdOf = (id: string): string => id.replace(/^eph_/, 'end_');

const viewOf = (circuit: Circuit, now: number): EndpointHealth => ({
  circuit: circuit.openUntil === undefined ? 'closed' : now < circuit.openUntil ? 'open' : 'half_open',
  consecutiveFailures: circuit.failures,
  failingSince: circuit.failingSince,
  lastError: circuit.lastError,
  ...(circuit.openUntil !== undefined && { nextProbeAt: circuit.openUntil }),
});

export const makeEndpointHealth = (
  table: Table,
  clock: Pick<Clock, 'now'>,
): EndpointHealthReader & CircuitStore & RateStore => {
  const expiry = () => table.nowSeconds() + KEPT_SECONDS;
  /** The ends of the rows as this process last saw them: a guess. */
  const rowEnds = makeBoundedCache<number>(ROWS_MAX);

  /** Behind others: at the end of the row. Undefined when the row has been caught up with. */
  const joinRow = async (id: string, now: number, intervalMs: number): Promise<number | undefined> => {
    const values = { ':now': now, ':interval': intervalMs, ':expiry': expiry() };
    const result = await table.update(
      id,
      'SET next_free_at = next_free_at + :interval, expires_at = :expiry',
      { expression: 'next_free_at > :now', values },
      mapping,
      () => false,
    );
    return result.written ? Number(result.item.nextFreeAt) - intervalMs : undefined;
  };

  /** The first one, at once. Undefined when there is a row. */
  const beginRow = async (id: string, now: number, intervalMs: number): Promise<number | undefined> => {
    const values = { ':now': now, ':next': now + intervalMs, ':expiry': expiry() };
    const result = await table.update(
      id,
      'SET next_free_at = :next, expires_at = :expiry',
      { expression: 'attribute_not_exists(next_free_at) OR next_free_at <= :now', values },
      mapping,
      () => false,
    );
    return result.written ? now : undefined;
  };

  return {
    get: async (endpointId) => {
      return (await table.get(healthId(endpointId), mapping))?.circuit;
    },

    replace: async (endpointId, next, expectedWriteId) => {
      const absent = 'attribute_not_exists(circuit) OR expires_at <= :now';
      const result = await table.update(
        healthId(endpointId),
        next ? 'SET circuit = :next, expires_at = :expiry' : 'REMOVE circuit',
        {
          expression: expectedWriteId === undefined ? absent : 'circuit.#write = :expected',
          ...(expectedWriteId !== undefined && { names: { '#write': 'writeId' } }),
          values: {
            ...(next && { ':next': next, ':expiry': expiry() }),
            ...(expectedWriteId === undefined ? { ':now': table.nowSeconds() } : { ':expected': expectedWriteId }),
          },
        },
        mapping,
        ({ circuit }) => (circuit as Circuit | undefined)?.writeId === next?.writeId,
      );
      return result.written ? { written: true } : { written: false, current: result.current?.circuit };
    },

    /** Both ways in turn, the likelier one first. A repetition by the SDK wastes a place. */
    reserve: async (endpointId, { now, intervalMs }) => {
      const id = healthId(endpointId);
      let behind = (rowEnds.get(id) ?? 0) > now;
      for (let tries = 0; tries < TRIES_MAX; tries += 1, behind = !behind) {
        const slotAt = await (behind ? joinRow : beginRow)(id, now, intervalMs);
        if (slotAt === undefined) continue;
        rowEnds.set(id, slotAt + intervalMs);
        return slotAt;
      }
      throw unavailable(new Error('The row of a rate limit is contended'));
    },

    /** A repetition by the SDK is refused: it waits in the row once more. */
    catchUp: async (endpointId, { now, intervalMs }) => {
      const result = await table.update(
        healthId(endpointId),
        'SET late_free_at = :next, expires_at = :expiry',
        {
          expression: 'attribute_not_exists(late_free_at) OR late_free_at <= :now',
          values: { ':now': now, ':next': now + intervalMs, ':expiry': expiry() },
        },
        mapping,
        () => false,
      );
      return result.written;
    },

    getAll: async (endpointIds) => {
      const items = await table.getAll(endpointIds.map(healthId), mapping);
      const known = items.flatMap(({ id, circuit }): [string, EndpointHealth][] =>
        circuit ? [[endpointIdOf(id), viewOf(circuit, clock.now())]] : [],
      );
      return new Map(known);
    },

    /** Unconditional: its circuit is closed. Its row stays, for deliveries that have a place in it. */
    forget: async (endpointId) => {
      const exists = { expression: 'attribute_exists(circuit)' };
      await table.update(healthId(endpointId), 'REMOVE circuit', exists, mapping, () => true);
    },
  };
};
