/**
 * How a campaign asks: plans drawn from a seed, requests in small batches, every answer before the
 * oracle, failures shrunk.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import fc, { type Arbitrary } from 'fast-check';
import type { Answer, Client } from '../kit/client.ts';
import type { OpenApiDocument } from '../kit/openapi-conformance.ts';
import type { Operation } from './document.ts';
import type { Oracle } from './oracle.ts';
import { curlOf, type FuzzRequest, send } from './request.ts';
import type { Fields } from './schema.ts';
import type { Tally } from './tally.ts';

export interface FuzzContext {
  apiUrl: string;
  document: OpenApiDocument;
  operations: Operation[];
  client: Client;
  oracle: Oracle;
  tally: Tally;
  fields: Fields;
  repairs: Record<string, (body: Record<string, unknown>) => Record<string, unknown>>;
  seed: number;
  /** Requests of one exploration. */
  runs: number;
  /** Epoch of `performance.now()` after which no exploration begins another chunk. */
  until: number;
  random: () => number;
}

export type Judge = (request: FuzzRequest, answer: Answer<unknown>) => string[];

const BATCH = 8;
const CHUNK = 20;
const SHRINK_MS = 10_000;

/** Fires one and says all that is wrong with what came back. */
export const tryRequest = async (
  context: FuzzContext,
  name: string,
  request: FuzzRequest,
  judge?: Judge,
): Promise<string[]> => {
  try {
    let answer = await send(context.client, request);
    if (answer.status === 503 && answer.headers.has('retry-after')) {
      // Too busy for a moment, on a machine that others use too: what is wrong with the request
      // itself is wrong again.
      await sleep(Number(answer.headers.get('retry-after')) * 1_000);
      answer = await send(context.client, request);
    }
    context.tally.saw(name, request, answer);
    return [...context.oracle(request, answer), ...(judge?.(request, answer) ?? [])];
  } catch (error) {
    context.tally.count();
    const { code, name: kind } = error as NodeJS.ErrnoException;
    return [`no answer: ${code ?? kind} ${(error as Error).message}`];
  }
};

const LANES = 4;

/** Every request once, a few at a time, until the range's time is over where it says so. */
export const sweep = async (
  context: FuzzContext,
  campaign: string,
  requests: readonly (FuzzRequest & { expected?: readonly number[]; about?: string })[],
  until = Number.POSITIVE_INFINITY,
): Promise<void> => {
  const waiting = requests.values();
  const lane = async (): Promise<void> => {
    for (const { expected, about, ...request } of waiting) {
      if (performance.now() > until) return;
      const surprise: Judge = (_, { status }) =>
        expected && !expected.includes(status) ? [`${status} instead of ${expected.join(' or ')}`] : [];
      for (const what of await tryRequest(context, campaign, request, surprise))
        context.tally.found({
          campaign,
          what: about === undefined ? what : `${about}: ${what}`,
          command: curlOf(context.apiUrl, request),
        });
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
};

interface Exploration<P> {
  campaign: string;
  plans: Arbitrary<P>;
  toRequest: (plan: P) => FuzzRequest;
  judge?: Judge;
}

/** One chunk; the shrunk counterexample, if any, goes to the tally. */
const exploreChunk = async <P>(
  context: FuzzContext,
  { campaign, plans, toRequest, judge }: Exploration<P>,
  seed: number,
) => {
  let shrinkUntil = Number.POSITIVE_INFINITY;
  const property = fc.asyncProperty(fc.array(plans, { minLength: 1, maxLength: BATCH, size: 'max' }), async (batch) => {
    if (performance.now() > shrinkUntil) return;
    const all = await Promise.all(batch.map((plan) => tryRequest(context, campaign, toRequest(plan), judge)));
    const wrong = all.flat();
    if (wrong.length === 0) return;
    if (shrinkUntil === Number.POSITIVE_INFINITY) shrinkUntil = performance.now() + SHRINK_MS;
    throw new Error(wrong.join('; '));
  });
  const { failed, counterexample, errorInstance } = await fc.check(property, { seed, numRuns: CHUNK });
  if (!failed) return true;
  const requests = (counterexample?.[0] ?? []).map(toRequest);
  context.tally.found({
    campaign,
    what: errorInstance instanceof Error ? errorInstance.message : String(errorInstance),
    command: requests.map((request) => curlOf(context.apiUrl, request)).join('\n    '),
  });
  return false;
};

/** Until `runs` requests were sent, the time is over, or something was found. */
export const explore = async <P>(context: FuzzContext, exploration: Exploration<P>): Promise<void> => {
  const before = context.tally.requests();
  for (let chunk = 0; performance.now() < context.until; chunk += 1) {
    if (context.tally.requests() - before >= context.runs) return;
    if (!(await exploreChunk(context, exploration, context.seed + chunk))) return;
  }
};
