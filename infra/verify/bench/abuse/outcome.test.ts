import { describe, expect, it } from 'vitest';
import { type Measured, misses } from './outcome.ts';

const calm: Measured = {
  serviceMb: { before: 150, peak: 250, after: 200 },
  awsMb: { before: 100, peak: 900, after: 900 },
  cpuSeconds: { service: 1, aws: 1 },
  seconds: 6,
  others: { late: { p99: 250, max: 900 }, lost: 0, get: { p99: 250, max: 900 }, refused: {} },
  got: { text: '72 x 401', isMet: true },
};

describe('misses', () => {
  it('is empty at the limits themselves, and where an attack has no goal of its own', () => {
    expect(misses(calm)).toEqual([]);
    expect(misses({ ...calm, got: { text: 'anything' } })).toEqual([]);
  });

  it('counts memory from before the attack', () => {
    expect(misses({ ...calm, serviceMb: { before: 150, peak: 671, after: 641 } })).toEqual([
      'grows 521 MB',
      'keeps 491 MB',
    ]);
  });

  it('compares what the others felt with the same run in peace', () => {
    const late = { p99: 500, max: 500 };
    const outcome = { ...calm, others: { ...calm.others, late, get: late } };
    expect(misses(outcome)).toHaveLength(2);
    expect(misses(outcome, calm)).toEqual([]);
    expect(misses(outcome, { brokeOff: 'the service ended' })).toHaveLength(2);
  });

  it('names what the others felt', () => {
    const late = { p99: 1_700, max: 1_700 };
    const others = { late, lost: 1, get: late, refused: { 'POST 503': 4 } };
    expect(misses({ ...calm, others })).toEqual([
      "others' deliveries 1,700 ms late",
      "others' GET 1,700 ms",
      '5 of others not served',
    ]);
  });

  it('takes others without a single delivery for a miss', () => {
    const nothing = { p99: Number.NaN, max: Number.NaN };
    expect(misses({ ...calm, others: { ...calm.others, late: nothing } })).toHaveLength(1);
  });

  it('says what the attacker got when that is not the goal', () => {
    expect(misses({ ...calm, got: { text: '72 x held', isMet: false } })).toEqual(['72 x held']);
  });

  it('takes a measurement that broke off for a miss', () => {
    expect(misses({ brokeOff: 'the service ended' })).toEqual(['the service ended']);
  });
});
