/** What a check is, and what became of it. */
import type { Need } from './needs.ts';
import type { Service } from './service.ts';

export interface Check {
  group: string;
  /** The guarantee. */
  name: string;
  needs: readonly Need[];
  timeoutMs: number;
  /** Throws what is wrong; `service.skip` says why it cannot be checked. */
  run(service: Service): Promise<void>;
}

interface CheckOptions {
  needs?: readonly Need[];
  timeoutMs?: number;
}

const TIMEOUT_MS = 45_000;

/**
 * For the checks of one group: `const check = inGroup('events')`, then `check('name', run)` or
 * `check('name', options, run)`.
 */
export const inGroup =
  (group: string) =>
  (name: string, ...rest: [Check['run']] | [CheckOptions, Check['run']]): Check => {
    const [{ needs = [], timeoutMs = TIMEOUT_MS }, run] = rest.length === 1 ? [{}, rest[0]] : rest;
    return { group, name, needs, timeoutMs, run };
  };

export interface Outcome {
  group: string;
  name: string;
  outcome: 'passed' | 'failed' | 'skipped';
  duration_ms: number;
  /** Each thing that is wrong; empty unless failed. */
  failures: string[];
  /** Why it was skipped. */
  reason?: string;
  /** What was measured. */
  note?: string;
}
