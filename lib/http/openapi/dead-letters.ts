import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { deadLettersQuery, deadLetterViewSchema } from '../../dead-letters/dead-letter.ts';
import { redriveJobViewSchema, redriveSchema } from '../../dead-letters/redrive-job.ts';
import { BODY_PROBLEMS, idempotencyKey, jobHeaders, jobId, jobLink, json, ok, pageAnswers, problems } from './parts.ts';

export const deadLetterPaths: ZodOpenApiPathsObject = {
  '/api/v1/dead-letters/': {
    get: {
      operationId: 'listDeadLetters',
      tags: ['dead letters'],
      summary: 'Everything dead, and why; newest first',
      requestParams: { query: deadLettersQuery },
      responses: pageAnswers(deadLetterViewSchema),
    },
  },
  '/api/v1/dead-letters/redrive': {
    post: {
      operationId: 'redriveDeadLetters',
      tags: ['dead letters'],
      summary: 'Bring back what died before now, each once',
      requestParams: { header: idempotencyKey },
      requestBody: { required: true, content: json(redriveSchema) },
      responses: {
        '200': ok('With dry_run: how many match', z.object({ matched: z.int() }).meta({ id: 'RedriveCount' })),
        '202': { ...ok('The job', redriveJobViewSchema, jobHeaders), links: jobLink('getRedriveJob') },
        ...problems(...BODY_PROBLEMS, 'idempotency-key-reused'),
      },
    },
  },
  '/api/v1/dead-letters/redrive/{job_id}': {
    get: {
      operationId: 'getRedriveJob',
      tags: ['dead letters'],
      summary: 'The progress of a redrive',
      requestParams: { path: jobId },
      responses: { '200': ok('The job', redriveJobViewSchema), ...problems('not-found') },
    },
  },
};
