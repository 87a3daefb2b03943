import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { erasureJobViewSchema, erasureSchema } from '../../erasure/erasure-job.ts';
import { BODY_PROBLEMS, jobId, jobLink, json, ok, problems } from './parts.ts';

export const erasurePaths: ZodOpenApiPathsObject = {
  '/api/v1/erasure': {
    post: {
      operationId: 'erasePerson',
      tags: ['erasure'],
      summary: 'Erase what is stored about one recipient or entity',
      description:
        'Everything of the tenant that was accepted before the order: what is still open is canceled, or stopped after the attempt under way; recipients, texts, data and payloads go; ids, states and times stay. Endpoints are settings of the tenant, not what is stored about a person: one of that URL stays until it is deleted.',
      requestBody: { required: true, content: json(erasureSchema) },
      responses: {
        '202': {
          ...ok('The job', erasureJobViewSchema, z.object({ location: z.string() })),
          links: jobLink('getErasure'),
        },
        ...problems(...BODY_PROBLEMS),
      },
    },
  },
  '/api/v1/erasure/{job_id}': {
    get: {
      operationId: 'getErasure',
      tags: ['erasure'],
      summary: 'The progress of an erasure',
      requestParams: { path: jobId },
      responses: { '200': ok('The job', erasureJobViewSchema), ...problems('not-found') },
    },
  },
};
