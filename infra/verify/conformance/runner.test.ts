import { describe, expect, test, vi } from 'vitest';
import { type Check, inGroup, type Outcome } from './check.ts';
import { Skipped } from './outcome.ts';
import { showOutcome, showSummary } from './report.ts';
import { exitCodeOf, type RunnerPorts, runPhases } from './runner.ts';
import type { Service } from './service.ts';

const check = inGroup('group');
const pass = check('passes', async () => undefined);
const fail = check('fails', async () => {
  throw new Error('the sky is green\nand not blue');
});
const skip = check('cannot tell', async () => {
  throw new Skipped('there is no sky here');
});

const ports = (more: Partial<RunnerPorts> & { differences?: string[]; note?: string } = {}): RunnerPorts => ({
  missing: () => undefined,
  ready: async () => undefined,
  startRun: () => ({ service: {} as Service, differences: () => more.differences ?? [], note: () => more.note }),
  onOutcome: () => undefined,
  ...more,
});
const run = (checks: Check[], more: Parameters<typeof ports>[0] = {}) =>
  runPhases([{ checks, atOnce: 2 }], ports(more));

describe('what becomes of a check', () => {
  test('passed, failed with what was thrown, skipped with the reason', async () => {
    expect(await run([pass, fail, skip])).toMatchObject([
      { name: 'passes', outcome: 'passed', failures: [] },
      { name: 'fails', outcome: 'failed', failures: ['the sky is green\nand not blue'] },
      { name: 'cannot tell', outcome: 'skipped', reason: 'there is no sky here', failures: [] },
    ]);
  });

  test('an answer that is not as documented fails a check that found nothing else, and one that skips', async () => {
    const outcomes = await run([pass, fail, skip], { differences: ['GET / 200'] });
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'failed']);
    expect(outcomes.map(({ failures }) => failures.length)).toEqual([1, 2, 1]);
  });

  test('what the target does not offer is not run', async () => {
    const ran = vi.fn(async () => undefined);
    const needy = check('needs a key', { needs: ['key'] }, ran);
    const missing = ({ needs }: Check) => (needs.includes('key') ? 'no key' : undefined);
    expect(await run([needy, pass], { missing })).toMatchObject([
      { outcome: 'skipped', reason: 'no key' },
      { outcome: 'passed' },
    ]);
    expect(ran).not.toHaveBeenCalled();
  });

  test('one that never ends has failed, and the others go on', async () => {
    const stuck = check('never ends', { timeoutMs: 20 }, () => new Promise(() => undefined));
    expect(await run([stuck, pass])).toMatchObject([
      { outcome: 'failed', failures: ['no outcome within 0.02 s'] },
      { outcome: 'passed' },
    ]);
  });

  test('a phase begins when the one before has ended, and no more run at once than it says', async () => {
    const log: string[] = [];
    let [running, most] = [0, 0];
    const one = (name: string) =>
      check(name, async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise(setImmediate);
        running -= 1;
        log.push(name);
      });
    const phases = [
      { checks: ['a', 'b', 'c', 'd', 'e'].map(one), atOnce: 2 },
      { checks: [one('last')], atOnce: 1 },
    ];
    const outcomes = await runPhases(phases, ports());
    expect([most, log.at(-1), outcomes.map(({ name }) => name)]).toEqual([
      2,
      'last',
      ['a', 'b', 'c', 'd', 'e', 'last'],
    ]);
  });
});

describe('the exit code', () => {
  test.each<[Check[], number]>([
    [[pass], 0],
    [[pass, skip], 0],
    [[pass, fail], 1],
    [[fail], 1],
    [[skip], 1],
    [[], 1],
  ])('of %j is %i', async (checks, code) => {
    expect(exitCodeOf(await run(checks))).toBe(code);
  });
});

describe('the report', () => {
  const of = (more: Partial<Outcome>): Outcome => ({
    group: 'g',
    name: 'n',
    outcome: 'passed',
    duration_ms: 12,
    failures: [],
    ...more,
  });

  test('a line says what became of it and how long it took, and below it why', () => {
    expect(showOutcome(of({}))).toBe('ok          12 ms  g: n');
    expect(showOutcome(of({ outcome: 'failed', duration_ms: 2_345, failures: ['one\ntwo', 'three'] }))).toBe(
      'FAILED      2.3 s  g: n\n            one\n            two\n            three',
    );
    expect(showOutcome(of({ outcome: 'skipped', reason: 'no key' }))).toMatch(/^SKIPPED +g: n\n +no key$/);
    const often = showOutcome(of({ outcome: 'failed', failures: Array.from({ length: 9 }, (_, n) => `wrong ${n}`) }));
    expect(often).toMatch(/wrong 4\n +and 4 more; --json has them all$/);
    expect(showOutcome(of({ note: 'p50 3 ms' }))).toMatch(/p50 3 ms$/);
  });

  test('the summary names what failed, and counts what was not checked by its reason', () => {
    const text = showSummary([
      of({}),
      of({ name: 'broken', outcome: 'failed', failures: ['x'] }),
      of({ outcome: 'skipped', reason: 'no key' }),
      of({ outcome: 'skipped', reason: 'no key' }),
    ]);
    expect(text).toMatch(/FAILED\n {2}g: broken\nNOT CHECKED \(2\)\n {2}2 x no key\n1 passed, 1 failed, 2 skipped$/);
  });
});
