/**
 * What AWS would charge for, counted from requests and answers as they pass; knows nothing of the
 * code that makes them.
 */

import { itemBytes } from '../../../lib/aws/table/item-size.ts';

type Item = Record<string, Record<string, unknown>>;

export interface Usage {
  /** By operation. */
  calls: Record<string, number>;
  writeUnits: number;
  /** Of those, what the indexes took. */
  indexWriteUnits: number;
  readUnits: number;
}

export interface Exchange {
  operation: string;
  request: Record<string, unknown>;
  status: number;
  answer: Record<string, unknown>;
}

interface Kept {
  keys: Record<string, string | undefined>;
  units: number;
  /** With its index rows and what storage adds to each row. */
  bytes: number;
}

/** Index -> its key attributes. */
export type Indexes = Record<string, string[]>;

export const emptyUsage = (): Usage => ({ calls: {}, writeUnits: 0, indexWriteUnits: 0, readUnits: 0 });

/** In an index only when every key attribute is there; undefined = not in it. */
const keyIn = (item: Item | undefined, attributes: string[]): string | undefined => {
  const values = attributes.map((name) => item?.[name]);
  return item && values.every((value) => value !== undefined) ? JSON.stringify(values) : undefined;
};

/** KEYS_ONLY: 1 to enter, 1 to leave, 2 to move, nothing when the keys stay. */
const indexUnits = (before: string | undefined, after: string | undefined): number =>
  before === after ? 0 : (before === undefined ? 0 : 1) + (after === undefined ? 0 : 1);

const ROW_OVERHEAD_BYTES = 100;

/** The item and a KEYS_ONLY row for each index it is in. */
const storedBytes = (item: Item, indexes: Indexes): number => {
  const rows = Object.values(indexes).filter((attributes) => keyIn(item, attributes) !== undefined);
  const picked = rows.map((attributes) =>
    Object.fromEntries(['id', ...attributes].map((name) => [name, item[name] ?? {}])),
  );
  return [item, ...picked].reduce((total, row) => total + itemBytes(row) + ROW_OVERHEAD_BYTES, 0);
};

const unitsOf = (answer: Record<string, unknown>): number => {
  const capacity = answer.ConsumedCapacity as { CapacityUnits?: number } | { CapacityUnits?: number }[] | undefined;
  const all = Array.isArray(capacity) ? capacity : [capacity];
  return all.reduce((total, one) => total + (one?.CapacityUnits ?? 0), 0);
};

/**
 * Item and read units are the store's own (`ReturnConsumedCapacity`). It leaves indexes out of
 * writes, so those are worked out from the items before and after. A condition that fails costs
 * what the item there would.
 */
export const makeLedger = (indexes: Indexes) => {
  const items = new Map<string, Kept>();

  const write = (usage: Usage, { request, answer, status }: Exchange): void => {
    const given = (request.Item ?? request.Key) as Item | undefined;
    const id = String(given?.id?.S ?? '');
    const before = items.get(id);
    if (status !== 200) {
      usage.writeUnits += before?.units ?? 1;
      return;
    }
    const after = (request.Item ?? answer.Attributes) as Item | undefined;
    if (!after) throw new Error('A write whose outcome cannot be seen: it must be a PutItem or return ALL_NEW');
    const units = unitsOf(answer);
    const keys = Object.fromEntries(
      Object.entries(indexes).map(([name, attributes]) => [name, keyIn(after, attributes)]),
    );
    const moved = Object.keys(indexes).map((name) => indexUnits(before?.keys[name], keys[name]));
    const ofIndexes = moved.reduce((a, b) => a + b, 0);
    items.set(id, { keys, units, bytes: storedBytes(after, indexes) });
    usage.writeUnits += units + ofIndexes;
    usage.indexWriteUnits += ofIndexes;
  };

  return {
    add: (usage: Usage, exchange: Exchange): void => {
      const { operation, answer } = exchange;
      usage.calls[operation] = (usage.calls[operation] ?? 0) + 1;
      if (operation === 'PutItem' || operation === 'UpdateItem') write(usage, exchange);
      else usage.readUnits += unitsOf(answer);
    },
    /** On average over what has been written, as it is now. */
    bytesPerItem: (): number => [...items.values()].reduce((total, { bytes }) => total + bytes, 0) / items.size,
  };
};

export type Ledger = ReturnType<typeof makeLedger>;
