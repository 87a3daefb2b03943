/** What the operations of the document share. */
import * as z from 'zod';
import type { ZodOpenApiLinksObject, ZodOpenApiOperationObject } from 'zod-openapi';
import { catalogue, type ErrorCode } from '../../errors.ts';
import { channelsView } from '../../notifications/channel-record.ts';
import { statusSchema } from '../../notifications/notification.ts';
import { problemType } from '../problem.ts';

const problem = z
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
  })
  .meta({ id: 'Problem', description: 'RFC 9457' });

export const json = (schema: z.ZodType) => ({ 'application/json': { schema } });
export const ok = (description: string, schema: z.ZodType, headers?: z.ZodObject) => ({
  description,
  content: json(schema),
  ...(headers && { headers }),
});

const exampleOf = (code: ErrorCode) => {
  const { status, title } = catalogue[code];
  return { value: { type: problemType(code), title, status, detail: `${title}.`, code } };
};
const retryAfter = z.object({ 'retry-after': z.string().optional().meta({ description: 'Seconds.' }) });

const problemAnswer = (codes: ErrorCode[]) => ({
  description: codes.join(', '),
  content: {
    'application/problem+json': {
      schema: problem,
      examples: Object.fromEntries(codes.map((code) => [code, exampleOf(code)])),
    },
  },
});
/** After which it is worth another try. */
const isTemporary = (status: number): boolean => status === 429 || status === 503;

/** One answer a status. Too many headers are a 400 of every operation. */
const answers = (codes: ErrorCode[]) => {
  const all = new Set<ErrorCode>(['validation-failed', ...codes, 'internal', 'unavailable']);
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of all) {
    const { status } = catalogue[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, same]) => [
      String(status) as `${1 | 2 | 3 | 4 | 5}${string}`,
      { ...problemAnswer(same), ...(isTemporary(status) && { headers: retryAfter }) },
    ]),
  );
};

/** The problems of an operation that needs a key or token. */
export const problems = (...codes: ErrorCode[]) => answers(['unauthorized', 'forbidden', 'rate-limited', ...codes]);
/** Those of an operation that needs none. */
export const openProblems = () => answers([]);

export const BODY_PROBLEMS: ErrorCode[] = ['malformed-json', 'payload-too-large', 'unsupported-media-type'];
export const id = z.object({ id: z.string().max(64).meta({ description: 'The `id` of the record.' }) });
export const jobId = z.object({ job_id: z.string().max(64).meta({ description: 'The `job_id` of the job.' }) });
export const idempotencyKey = z.object({
  'idempotency-key': z
    .string()
    .min(1)
    .max(255)
    .optional()
    .meta({ description: 'The same key and body again answer the first record; kept 7 days at least.' }),
});
export const ifMatch = z.object({
  'if-match': z.string().optional().meta({ description: 'The `ETag` the edit is based on.' }),
});
const linkHeader = z.object({ link: z.string().optional().meta({ description: '<...>; rel="next"' }) });
export const etagHeader = z.object({ etag: z.string().meta({ description: 'The version.' }) });
export const createdHeaders = z.object({
  location: z.string(),
  'idempotent-replayed': z.literal('true').optional(),
});

export const jobHeaders = createdHeaders.extend({
  location: z.string().meta({ description: 'Where the job is read.' }),
});

const linksBy = (parameters: Record<string, string>, operationIds: string[]): ZodOpenApiLinksObject =>
  Object.fromEntries(operationIds.map((operationId) => [operationId, { operationId, parameters }]));
/** What can be done next with the record of an answer, by its `id`. */
export const linksTo = (...operationIds: string[]) => linksBy({ id: '$response.body#/id' }, operationIds);
export const jobLink = (operationId: string) => linksBy({ job_id: '$response.body#/job_id' }, [operationId]);

interface Created {
  description: string;
  schema: z.ZodType;
  links: ZodOpenApiLinksObject;
  /** Beyond those of every body. */
  codes?: ErrorCode[];
}

/** The answers of a create with an Idempotency-Key. */
export const createdAnswers = ({ description, schema, links, codes = [] }: Created) => ({
  '201': { ...ok(description, schema, createdHeaders.extend(etagHeader.shape)), links },
  ...problems(...BODY_PROBLEMS, 'idempotency-key-reused', ...codes),
});
interface Command {
  operationId: string;
  summary: string;
  description?: string;
  body?: { required: boolean; schema: z.ZodType };
  codes?: ErrorCode[];
  /** Default: 200. */
  status?: '200' | '202';
}

/** Operations on one record, which answer it as it is then. */
export const commandsOn =
  (tag: string, schema: z.ZodType) =>
  ({ operationId, summary, description, body, codes = [], status = '200' }: Command): ZodOpenApiOperationObject => ({
    operationId,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    requestParams: { path: id },
    ...(body && { requestBody: { required: body.required, content: json(body.schema) } }),
    responses: {
      [status]: ok('As it is now', schema, etagHeader),
      ...problems('not-found', ...(body ? BODY_PROBLEMS : []), ...codes),
    },
  });

/** The answers of a list. */
export const pageAnswers = (schema: z.ZodType) => ({
  '200': ok('A page', z.array(schema), linkHeader),
  ...problems('invalid-cursor'),
});
