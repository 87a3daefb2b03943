import { describe, expect, it } from 'vitest';
import { firstThatHolds, indexWrites, makeHeat } from './heat.ts';
import { type Life, writesOfLife } from './lives.ts';
import { heatOf, livesOf, rankOf } from './scale.ts';
import { tableIndexes } from './table-indexes.ts';

const indexes = { by_time: ['list_key', 'position'], open: ['open_shard', 'next_check_at'] };
const listed = { list_key: 'l', position: '1' };
const open = { ...listed, open_shard: 3, next_check_at: 5 };
const life: Life = { name: '1', tenant: 'acme', type: 'custom', beyond: false, caused: false, fails: false };

describe('the units of a write', () => {
  const units = (before: object | undefined, after: object) =>
    indexWrites(indexes, { step: 's', ...(before && { before: { ...before } }), after: { ...after } }).map(
      ({ index, partition }) => `${index} ${partition}`,
    );

  it('are one for each index that the item enters or leaves', () => {
    expect(units(undefined, open)).toEqual(['by_time l', 'open 3']);
    expect(units(open, listed)).toEqual(['open 3']);
  });

  it('are none where the keys stay, and two where a key changes, in the partitions that it moves between', () => {
    expect(units(open, open)).toEqual([]);
    expect(units(open, { ...open, next_check_at: 9 })).toEqual(['open 3', 'open 3']);
    expect(units(open, { ...open, list_key: 'm' })).toEqual(['by_time l', 'by_time m']);
  });
});

describe('heat', () => {
  it('is the units of each partition for one life a second, and by step', () => {
    const heat = makeHeat(indexes);
    heat.add([
      { step: 'create', after: open },
      { step: 'finish', before: open, after: listed },
    ]);
    heat.add([{ step: 'create', after: { ...open, open_shard: 4 } }]);
    expect(heat.hottest()).toEqual({ index: 'by_time', partition: 'l', units: 1 });
    expect(heat.hottest('open')).toEqual({ index: 'open', partition: '3', units: 1 });
    expect(heat.units('open')).toBe(1.5);
    expect(heat.units('open', 'finish')).toBe(0.5);
    expect(heat.units('open', 'other')).toBe(0);
  });

  it('says which is the first setting that holds', () => {
    const of = (partitions: number) => {
      const heat = makeHeat(indexes);
      for (let n = 0; n < 8; n += 1)
        heat.add([{ step: 'create', after: { ...listed, list_key: `l${n % partitions}` } }]);
      return heat;
    };
    const heats = [1, 2, 4].map((setting): [number, ReturnType<typeof of>] => [setting, of(setting)]);
    expect(firstThatHolds(heats, 800, 800)).toBe(1);
    expect(firstThatHolds(heats, 801, 800)).toBe(2);
    expect(firstThatHolds(heats, 3_200, 800)).toBe(4);
    expect(firstThatHolds(heats, 3_201, 800)).toBeUndefined();
  });
});

describe('the life of a notification', () => {
  const heat = (changes: Partial<Life>, setting = 1) => heatOf(tableIndexes(), [{ ...life, ...changes }], setting);
  const units = (changes: Partial<Life>) => {
    const of = heat(changes);
    return ['by_time', 'by_entity', 'by_group', 'open', 'dead'].map((index) => of.units(index));
  };

  it('writes each list once, and the reconciler’s index at create, mark and finish', () => {
    expect(units({})).toEqual([1, 1, 0, 2, 0]);
    expect(units({ group: 'campaign' })).toEqual([1, 1, 1, 2, 0]);
    expect(units({ beyond: true })).toEqual([1, 1, 0, 4, 0]);
    expect(units({ fails: true })).toEqual([1, 1, 0, 2, 1]);
    expect(units({ caused: true })).toEqual([2, 2, 0, 4, 0]);
    expect(heat({ beyond: true }).units('open', 'SCHEDULED mark')).toBe(2);
    expect(heat({ beyond: true }).units('open', 'claim')).toBe(0);
  });

  it('leaves each index by the partition that it entered', () => {
    for (const setting of [1, 4]) {
      const writes = writesOfLife({ ...life, beyond: true, caused: true, fails: true }, setting);
      const partitions = writes
        .flatMap((write) => indexWrites(tableIndexes(), write))
        .filter(({ index }) => index === 'open')
        .map(({ partition }) => partition);
      expect(new Set(partitions).size).toBeLessThanOrEqual(2);
    }
  });

  it('heats one partition of a list with one tenant and type, and each of four about a quarter as much', () => {
    const mix = { name: 'one', tenants: 1, types: ['custom'], caused: 0, fails: 0 };
    const lives = livesOf(mix, 2_000);
    const [one, four] = [1, 4].map((setting) => heatOf(tableIndexes(), lives, setting).hottest('by_time')?.units ?? 0);
    expect(one).toBe(1);
    expect(four).toBeGreaterThanOrEqual(0.25);
    expect(four).toBeLessThan(0.3);
  });
});

it('the n-th of a mix is 1/n as frequent as the first', () => {
  const counts = [0, 0, 0];
  for (let step = 0; step < 1_100; step += 1) {
    const rank = rankOf((step + 0.5) / 1_100, 3);
    counts[rank] = (counts[rank] ?? 0) + 1;
  }
  expect(counts).toEqual([600, 300, 200]);
});
