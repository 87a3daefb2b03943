/** How a campaign asks: plans drawn from a seed, shots in small batches, every answer before the oracle, failures shrunk. */
import { setTimeout as sleep } from 'node:timers/promises';
import fc, { type Arbitrary } from 'fast-check';
import type { OpenApiDocument } from '../kit/openapi-conformance.ts';
import type { Operation } from './document.ts';
import type { Ledger } from './ledger.ts';
import type { Oracle } from './oracle.ts';
import type { Fields } from './schema.ts';
import { curlOf, type Gun, type Reply, type Shot } from './shot.ts';

export interface Range {
  apiUrl: string;
  document: OpenApiDocument;
  operations: Operation[];
  gun: Gun;
  oracle: Oracle;
  ledger: Ledger;
  fields: Fields;
  repairs: Record<string, (body: Record<string, unknown>) => Record<string, unknown>>;
  seed: number;
  /** Requests of one exploration. */
  runs: number;
  /** Epoch of `performance.now()` after which no exploration begins another chunk. */
  until: number;
  random: () => number;
}

export type Judge = (shot: Shot, reply: Reply) => string[];

const BATCH = 8;
const CHUNK = 20;
const SHRINK_MS = 10_000;

/** Fires one and says all that is wrong with what came back. */
export const tryShot = async (range: Range, name: string, shot: Shot, judge?: Judge): Promise<string[]> => {
  try {
    let reply = await range.gun.fire(shot);
    if (reply.status === 503 && reply.headers.has('retry-after')) {
      // Too busy for a moment, on a machine that others use too: what is wrong with the request itself is wrong again.
      await sleep(Number(reply.headers.get('retry-after')) * 1_000);
      reply = await range.gun.fire(shot);
    }
    range.ledger.saw(name, shot, reply);
    return [...range.oracle(shot, reply), ...(judge?.(shot, reply) ?? [])];
  } catch (error) {
    range.ledger.count();
    const { code, name: kind } = error as NodeJS.ErrnoException;
    return [`no answer: ${code ?? kind} ${(error as Error).message}`];
  }
};

const LANES = 4;

/** Every shot once, a few at a time, until the range's time is over where it says so. */
export const sweep = async (
  range: Range,
  campaign: string,
  shots: readonly (Shot & { expected?: readonly number[]; about?: string })[],
  until = Number.POSITIVE_INFINITY,
): Promise<void> => {
  const waiting = shots.values();
  const lane = async (): Promise<void> => {
    for (const { expected, about, ...shot } of waiting) {
      if (performance.now() > until) return;
      const surprise: Judge = (_, { status }) =>
        expected && !expected.includes(status) ? [`${status} instead of ${expected.join(' or ')}`] : [];
      for (const what of await tryShot(range, campaign, shot, surprise))
        range.ledger.found({
          campaign,
          what: about === undefined ? what : `${about}: ${what}`,
          command: curlOf(range.apiUrl, shot),
        });
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
};

interface Exploration<P> {
  campaign: string;
  plans: Arbitrary<P>;
  aim: (plan: P) => Shot;
  judge?: Judge;
}

/** One chunk; the shrunk counterexample, if any, goes to the ledger. */
const exploreChunk = async <P>(range: Range, { campaign, plans, aim, judge }: Exploration<P>, seed: number) => {
  let shrinkUntil = Number.POSITIVE_INFINITY;
  const property = fc.asyncProperty(fc.array(plans, { minLength: 1, maxLength: BATCH, size: 'max' }), async (batch) => {
    if (performance.now() > shrinkUntil) return;
    const all = await Promise.all(batch.map((plan) => tryShot(range, campaign, aim(plan), judge)));
    const wrong = all.flat();
    if (wrong.length === 0) return;
    if (shrinkUntil === Number.POSITIVE_INFINITY) shrinkUntil = performance.now() + SHRINK_MS;
    throw new Error(wrong.join('; '));
  });
  const { failed, counterexample, errorInstance } = await fc.check(property, { seed, numRuns: CHUNK });
  if (!failed) return true;
  const shots = (counterexample?.[0] ?? []).map(aim);
  range.ledger.found({
    campaign,
    what: errorInstance instanceof Error ? errorInstance.message : String(errorInstance),
    command: shots.map((shot) => curlOf(range.apiUrl, shot)).join('\n    '),
  });
  return false;
};

/** Until `runs` requests were sent, the time is over, or something was found. */
export const explore = async <P>(range: Range, exploration: Exploration<P>): Promise<void> => {
  const before = range.ledger.requests();
  for (let chunk = 0; performance.now() < range.until; chunk += 1) {
    if (range.ledger.requests() - before >= range.runs) return;
    if (!(await exploreChunk(range, exploration, range.seed + chunk))) return;
  }
};
