import type { Circuit } from '../delivery/limits/circuit.ts';
import type { CircuitStore, RateStore, SlotStore } from '../delivery/limits/repository.ts';

/**
 * What the limits of receivers are kept in, in memory, with the semantics of lib/aws; the
 * conformance suite holds both to the same.
 */
export const makeMemoryLimitStores = () => {
  const circuits = new Map<string, Circuit>();
  const rows = new Map<string, number>();
  const lateRows = new Map<string, number>();
  const places = new Map<string, { holder: string; until: number }>();
  const writes = { circuits: 0, rates: 0, slots: 0 };

  const circuitStore: CircuitStore = {
    get: async (id) => structuredClone(circuits.get(id)),
    replace: async (id, next, expected) => {
      writes.circuits += 1;
      const current = circuits.get(id);
      if (current?.writeId === next?.writeId) return { written: true };
      if (current?.writeId !== expected) return { written: false, current: structuredClone(current) };
      if (next) circuits.set(id, structuredClone(next));
      else circuits.delete(id);
      return { written: true };
    },
  };
  const rateStore: RateStore = {
    reserve: async (id, { now, intervalMs }) => {
      writes.rates += 1;
      const slotAt = Math.max(rows.get(id) ?? now, now);
      rows.set(id, slotAt + intervalMs);
      return slotAt;
    },
    catchUp: async (id, { now, intervalMs }) => {
      writes.rates += 1;
      if ((lateRows.get(id) ?? now) > now) return false;
      lateRows.set(id, now + intervalMs);
      return true;
    },
  };
  const slotStore: SlotStore = {
    acquire: async ({ endpointId, index, holder }, { real, until }) => {
      writes.slots += 1;
      const key = `${endpointId} ${index}`;
      const held = places.get(key);
      if (held && held.until >= real && held.holder !== holder) return false;
      places.set(key, { holder, until });
      return true;
    },
    release: async ({ endpointId, index, holder }) => {
      writes.slots += 1;
      const key = `${endpointId} ${index}`;
      if (places.get(key)?.holder === holder) places.delete(key);
    },
  };
  return { circuits: circuitStore, rates: rateStore, slots: slotStore, writes, held: places };
};
