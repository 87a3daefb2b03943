/** The answer to a batch: of each item what a request of its own would be answered. */
import * as z from 'zod';
import type { Outcome } from '../batch/run.ts';
import { catalogue } from '../errors.ts';
import { problemSchema } from './openapi/problems.ts';
import { type Occurrence, problemDocument } from './problem.ts';
import type { Reply } from './types.ts';

/**
 * @param name of the schema
 * @param members of what was stored, beside its id
 */
export const batchResultsSchema = <S extends z.ZodRawShape>(name: string, members: S) => {
  const result = z
    .object({
      index: z.int().meta({ description: 'Its place in `items`.' }),
      status: z.int().meta({ description: 'That of a request with this item alone.' }),
      id: z.string().optional(),
      ...members,
      replayed: z.literal(true).optional().meta({ description: 'Its idempotency_key was used before.' }),
      problem: problemSchema.optional().meta({ description: 'Why it is not stored.' }),
    })
    .meta({ id: `${name}BatchResult` });
  return z.object({ results: z.array(result) }).meta({ id: `${name}BatchResults` });
};

/** @param show the status and the members of what was stored */
export const batchReply = <R>(
  outcomes: Outcome<R>[],
  at: Occurrence,
  show: (result: R) => { status: number; id: string } & Record<string, unknown>,
): Reply => ({
  body: {
    results: outcomes.map((outcome, index) =>
      'result' in outcome
        ? { index, ...show(outcome.result) }
        : { index, status: catalogue[outcome.error.code].status, problem: problemDocument(outcome.error, at) },
    ),
  },
});
