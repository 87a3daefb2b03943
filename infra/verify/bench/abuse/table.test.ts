import { expect, it } from 'vitest';
import type { Attack } from './attack.ts';
import type { Measured } from './outcome.ts';
import { inShort, sideBySide } from './table.ts';

const attack: Attack = { what: 'a | b', seconds: 1, prepare: async () => async () => ({ text: '' }) };
const outcome: Measured = {
  serviceMb: { before: 150, peak: 671, after: 641 },
  awsMb: { before: 100, peak: 101, after: 102 },
  cpuSeconds: { service: 2.5, aws: 0.25 },
  seconds: 6,
  others: { late: { p99: 40, max: 41 }, lost: 1, get: { p99: 9, max: 10 }, refused: { 'POST 503': 4 } },
  got: { text: '72 x held', isMet: false },
};
const side = (outcomes: Record<string, Measured>) => ({ commit: 'abc', date: '2026-11-29', outcomes });

it('shows each attack before and now, and leaves out what a side has not measured', () => {
  const sides = [
    { name: 'before', side: side({ first: outcome, second: outcome }) },
    { name: 'now', side: side({ first: outcome }) },
  ];
  const [, , ...rows] = sideBySide({ first: attack, second: attack }, sides).split('\n');
  expect(rows.map((row) => row.split(' | ').slice(0, 2).join(' | '))).toEqual([
    '| a \\| b | before',
    '| a \\| b | now',
    '| a \\| b | before',
  ]);
  expect(rows[0]).toContain('150 -> 671, then 641');
  expect(rows[0]).toContain('1 x delivery lost, 4 x POST 503');
  expect(rows[0]).toContain('72 x held | NO |');
});

it('says in short what was missed, if anything was', () => {
  expect(inShort(outcome)).toBe(
    "150 -> 671, then 641 MB; others' p99 40 ms late, GET 9 ms; grows 521 MB, keeps 491 MB, 5 of others not served, 72 x held",
  );
  const good = {
    ...outcome,
    serviceMb: outcome.awsMb,
    others: { ...outcome.others, lost: 0, refused: {} },
    got: { text: '' },
  };
  expect(inShort(good)).toBe("100 -> 101, then 102 MB; others' p99 40 ms late, GET 9 ms");
  expect(inShort({ brokeOff: 'the service ended' })).toBe('the service ended');
});
