/** What a kind of job says of itself. All kinds are listed in lib/job-kinds. */
import type * as z from 'zod';
import type { Scope } from '../auth/principal.ts';
import type { Fields } from '../store/fields.ts';
import type { Job } from './job.ts';

export interface JobKind<J extends Job = Job> {
  /** Of its ids; stored, so it never changes. A release that does not know it leaves such jobs alone. */
  prefix: string;
  /** Its rows, with those of every job. */
  fields: Fields;
  viewSchema: z.ZodType;
  view(job: J): unknown;
  scopes: {
    read: Scope;
    /** Absent: it cannot be canceled. */
    cancel?: Scope;
  };
  /** What its messages are called. `replay` and `erase` are those of kinds that older releases know. */
  message: 'replay' | 'erase' | 'job';
  /** How long the indexes that it reads may trail what was accepted before its order. */
  settleSeconds: number;
  /** Without what only an open job needs. */
  cleared?(job: J): J;
  /** Whether a canceled one had a page in flight: `countLeft` counts what a worker had done that died. */
  isLeftToCount?(job: J): boolean;
}

/** The job after a page. Without `end` it goes on, after a pause in another invocation. */
export interface Step<J> {
  next: J;
  end?: 'DONE' | 'FAILED';
  /** One word: why it FAILED. */
  reason?: string;
  pauseSeconds?: number;
  /** Meanwhile it only waits: its place is free for another job of the tenant, and it goes on without one. */
  leavesPlace?: true;
}

/** What carries out one slice of a job. */
export interface JobSlice<J extends Job = Job> {
  /**
   * One page: about 5 s at most. It may be repeated after a crash, and may run twice at once: each record
   * decides what is done to it. It throws in an outage.
   */
  step(job: J): Promise<Step<J>>;
}

/** What carries out a kind of job. */
export interface JobWork<J extends Job = Job> {
  begin(job: J): JobSlice<J>;
  /** A canceled job with what its last page had done; it may be repeated. Undefined: all is counted. */
  countLeft?(job: J): Promise<J | undefined>;
}

const PREFIX = /^[a-z]+_/;

/** @returns the kind of an id, undefined for that of another noun, or of a later release */
export const kindOf = (kinds: readonly JobKind[], id: string): JobKind | undefined => {
  const prefix = PREFIX.exec(id)?.[0];
  return kinds.find((kind) => kind.prefix === prefix);
};
