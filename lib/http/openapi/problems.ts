/** The error answers of an operation, from the catalogue of errors. */
import * as z from 'zod';
import { catalogue, type ErrorCode } from '../../errors.ts';
import { jobStatusSchema } from '../../jobs/job.ts';
import { channelsView } from '../../notifications/channel-record.ts';
import { statusSchema } from '../../notifications/notification.ts';
import { problemType } from '../problem.ts';
import type { Route } from '../types.ts';

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string().optional(),
    code: z.enum(Object.keys(catalogue) as [ErrorCode, ...ErrorCode[]]).meta({ id: 'ErrorCode' }),
    errors: z
      .array(
        z
          .object({
            pointer: z.string().meta({ description: 'RFC 6901; also /query/, /header/ and /path/ names.' }),
            detail: z.string(),
          })
          .meta({ id: 'FieldError' }),
      )
      .optional(),
    notification_status: statusSchema.optional().meta({ description: 'On 409: the state that forbids it.' }),
    channels: channelsView.optional(),
    job_status: jobStatusSchema.optional().meta({ description: 'On 409: the state that forbids it.' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457' });

const exampleOf = (code: ErrorCode) => {
  const { status, title } = catalogue[code];
  return { value: { type: problemType(code), title, status, detail: `${title}.`, code } };
};
const retryAfter = z.object({ 'retry-after': z.string().optional().meta({ description: 'Seconds.' }) });
/** Worth another try later. */
const isTemporary = (status: number): boolean => status === 429 || status === 503;

const problemAnswer = (status: number, codes: ErrorCode[]) => ({
  description: codes.join(', '),
  content: {
    'application/problem+json': {
      schema: problemSchema,
      examples: Object.fromEntries(codes.map((code) => [code, exampleOf(code)])),
    },
  },
  ...(isTemporary(status) && { headers: retryAfter }),
});

/** Whether it answers a page of a list, by its query. */
export const isPaged = ({ query }: Route): boolean =>
  typeof query === 'object' && query instanceof z.ZodObject && 'cursor' in query.shape;

/** The errors that follow from what a route declares. Too many headers are a 400 of every operation. */
const impliedBy = (route: Route): ErrorCode[] => [
  'validation-failed',
  ...(route.scope ? (['unauthorized', 'forbidden', 'rate-limited'] as const) : []),
  ...(route.params ? (['not-found'] as const) : []),
  ...(route.body || route.read ? (['malformed-json', 'payload-too-large', 'unsupported-media-type'] as const) : []),
  ...(route.idempotencyKey === 'replays' ? (['idempotency-key-reused'] as const) : []),
  ...(route.ifMatch ? (['precondition-failed'] as const) : []),
  ...(isPaged(route) ? (['invalid-cursor'] as const) : []),
];

/** One answer a status. @param codes beyond those that the route implies */
export const problemAnswers = (route: Route, codes: ErrorCode[] = []) => {
  const all = [...new Set<ErrorCode>([...impliedBy(route), ...codes, 'internal', 'unavailable'])];
  const byStatus = Map.groupBy(all, (code) => catalogue[code].status);
  return Object.fromEntries([...byStatus].map(([status, same]) => [String(status), problemAnswer(status, same)]));
};
