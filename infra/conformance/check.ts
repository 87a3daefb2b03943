/** What a check is, and what became of it. */
import type { World } from './world.ts';

/** What a target may not offer; flags say what it does. */
export const NEEDS = ['key', 'service-key', 'receiver', 'secret', 'inbox', 'clock'] as const;
export type Need = (typeof NEEDS)[number];

export interface Check {
  group: string;
  /** The guarantee. */
  name: string;
  needs: readonly Need[];
  timeoutMs: number;
  /** Throws what is wrong; `world.skip` says why it cannot be told. */
  run(world: World): Promise<void>;
}

interface CheckOptions {
  needs?: readonly Need[];
  timeoutMs?: number;
}

const TIMEOUT_MS = 45_000;

/** For the checks of one group: `const check = inGroup('events')`, then `check('name', run)` or `check('name', options, run)`. */
export const inGroup =
  (group: string) =>
  (name: string, ...rest: [Check['run']] | [CheckOptions, Check['run']]): Check => {
    const [{ needs = [], timeoutMs = TIMEOUT_MS }, run] = rest.length === 1 ? [{}, rest[0]] : rest;
    return { group, name, needs, timeoutMs, run };
  };

/** Thrown by a check that finds that this target cannot be asked. */
export class Skipped extends Error {}

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
