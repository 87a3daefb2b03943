import { describe, expect, it } from 'vitest';
import type { Outcome } from '../conformance/check.ts';
import { judged } from './verdict.ts';

const check = (name: string, outcome: Outcome['outcome']): Outcome => ({
  group: 'g',
  name,
  outcome,
  duration_ms: 1,
  failures: outcome === 'failed' ? ['why'] : [],
});
const limit = { check: 'g: b', reason: 'the platform cannot' };

describe('a run of the suite', () => {
  it('is wrong for each check that failed, with what it said', () => {
    const { conformance, wrong } = judged({ checks: [check('a', 'passed'), check('b', 'failed')] });
    expect(conformance).toBe('1 passed, 1 failed, 0 skipped');
    expect(wrong).toEqual(['g: b\nwhy']);
  });

  it('is not wrong for a failure that the platform is known for, and tells it apart', () => {
    const result = judged({ checks: [check('a', 'passed'), check('b', 'failed'), check('c', 'skipped')] }, [limit]);
    expect(result).toEqual({
      conformance: '1 passed, 0 failed, 1 beyond the platform, 1 skipped',
      wrong: [],
      met: [limit],
    });
  });

  it('is wrong for a limit whose check passes, was skipped or is none', () => {
    expect(judged({ checks: [check('b', 'passed')] }, [limit]).wrong).toEqual([
      'a limit is no more: "g: b" has passed; take it off the list',
    ]);
    expect(judged({ checks: [check('b', 'skipped')] }, [limit]).wrong[0]).toContain('has skipped');
    expect(judged({ checks: [] }, [limit]).wrong[0]).toContain('is no check of the suite');
  });

  it('lets a limit pass that shows sometimes', () => {
    const sometimes = { ...limit, isSometimes: true };
    expect(judged({ checks: [check('b', 'passed')] }, [sometimes])).toMatchObject({ wrong: [], met: [] });
    expect(judged({ checks: [check('b', 'failed')] }, [sometimes])).toMatchObject({ wrong: [], met: [sometimes] });
  });
});
