import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import {
  apiKeyViewSchema,
  issuedApiKeyViewSchema,
  newApiKeySchema,
  rotationSchema,
} from '../../auth/api-keys/schema.ts';
import { pagingQuery } from '../../schema/paging.ts';
import { BODY_PROBLEMS, id, json, linksTo, ok, pageAnswers, problems } from './parts.ts';

const key = ok('The key', apiKeyViewSchema);

export const keyPaths: ZodOpenApiPathsObject = {
  '/api/v1/keys/': {
    post: {
      operationId: 'createKey',
      tags: ['keys'],
      summary: 'Make a key for this tenant; its token is in this answer alone',
      requestBody: { required: true, content: json(newApiKeySchema) },
      responses: {
        '201': {
          ...ok('Made', issuedApiKeyViewSchema, z.object({ location: z.string() })),
          links: linksTo('getKey', 'rotateKey', 'revokeKey'),
        },
        ...problems(...BODY_PROBLEMS, 'limit-reached'),
      },
    },
    get: {
      operationId: 'listKeys',
      tags: ['keys'],
      summary: 'The keys of this tenant, newest first; revoked ones for a while',
      requestParams: { query: z.object(pagingQuery) },
      responses: pageAnswers(apiKeyViewSchema),
    },
  },
  '/api/v1/keys/{id}': {
    get: {
      operationId: 'getKey',
      tags: ['keys'],
      summary: 'One key, without its token',
      requestParams: { path: id },
      responses: { '200': key, ...problems('not-found') },
    },
    delete: {
      operationId: 'revokeKey',
      tags: ['keys'],
      summary: 'Revoke a key, for good; it is refused everywhere within 60 s',
      requestParams: { path: id },
      responses: { '200': key, ...problems('not-found') },
    },
  },
  '/api/v1/keys/{id}/rotate': {
    post: {
      operationId: 'rotateKey',
      tags: ['keys'],
      summary: 'A new token for a key; earlier ones stay valid for the overlap',
      requestParams: { path: id },
      requestBody: { required: false, content: json(rotationSchema) },
      responses: {
        '200': ok('Rotated', issuedApiKeyViewSchema),
        ...problems('not-found', 'key-not-active', ...BODY_PROBLEMS),
      },
    },
  },
};
