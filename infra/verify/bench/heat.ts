/** Write units by partition of each index: the arithmetic, which knows nothing of what is stored. */
import type { Indexes } from './usage.ts';

type Item = Record<string, unknown>;

/** A step of a life: the item before it, none if it is created, and after it. */
export interface Write {
  step: string;
  before?: Item;
  after: Item;
}

interface Hot {
  index: string;
  partition: string;
  /** Per second at a rate of one life a second. */
  units: number;
}

const rowOf = (item: Item | undefined, [hash = '', range = '']: string[]) =>
  item?.[hash] === undefined || item[range] === undefined
    ? undefined
    : { partition: String(item[hash]), sortKey: String(item[range]) };

/** KEYS_ONLY: one unit to enter, one to leave, both where a key changes, none where the keys stay. */
export const indexWrites = (indexes: Indexes, { before, after }: Write): { index: string; partition: string }[] =>
  Object.entries(indexes).flatMap(([index, keys]) => {
    const [left, entered] = [rowOf(before, keys), rowOf(after, keys)];
    if (left?.partition === entered?.partition && left?.sortKey === entered?.sortKey) return [];
    return [left, entered].flatMap((row) => (row ? [{ index, partition: row.partition }] : []));
  });

/** Sums what a sample of lives writes; what it answers is for one life a second. */
export const makeHeat = (indexes: Indexes) => {
  const partitions = new Map<string, Hot>();
  const steps = new Map<string, Map<string, number>>();
  let lives = 0;

  const add = (writes: Write[]): void => {
    lives += 1;
    for (const write of writes) {
      for (const { index, partition } of indexWrites(indexes, write)) {
        const key = `${index} ${partition}`;
        const hot = partitions.get(key) ?? { index, partition, units: 0 };
        hot.units += 1;
        partitions.set(key, hot);
        const ofStep = steps.get(write.step) ?? new Map<string, number>();
        steps.set(write.step, ofStep.set(index, (ofStep.get(index) ?? 0) + 1));
      }
    }
  };

  return {
    add,
    /** The hottest partition, of one index or of all. */
    hottest: (index?: string): Hot | undefined => {
      const among = [...partitions.values()].filter((one) => index === undefined || one.index === index);
      const hot = among.reduce<Hot | undefined>((a, b) => (a && a.units >= b.units ? a : b), undefined);
      return hot && { ...hot, units: hot.units / lives };
    },
    /** Units of an index in one step; of all steps where none is named. */
    units: (index: string, step?: string): number => {
      const chosen = step === undefined ? [...steps.values()] : [steps.get(step)];
      return chosen.reduce((total, ofStep) => total + (ofStep?.get(index) ?? 0), 0) / lives;
    },
  };
};
export type Heat = ReturnType<typeof makeHeat>;

/**
 * The first setting whose hottest partition stays within the limit; undefined when none does.
 * `heats` in ascending order.
 */
export const firstThatHolds = (heats: [setting: number, Heat][], rate: number, limit: number): number | undefined =>
  heats.find(([, heat]) => (heat.hottest()?.units ?? 0) * rate <= limit)?.[0];
