/** An operation of the document: its text, its schemas, and what follows from the route. */
import * as z from 'zod';
import type { ZodOpenApiLinksObject, ZodOpenApiOperationObject, ZodOpenApiResponsesObject } from 'zod-openapi';
import { idempotencyKey } from '../../schema/idempotency-key.ts';
import type { RouteKey } from '../api-description.ts';
import { KEY_HEADER } from '../idempotency-key.ts';
import type { Route } from '../types.ts';
import type { Answer, Operation } from './operation.ts';
import { problemAnswers } from './problems.ts';

/** A route of serverless.yml with what its handler declares. */
export interface DeclaredRoute extends RouteKey {
  tag: string;
  route: Route;
}

export const operationOf = ({ path, route: { openapi } }: DeclaredRoute): Operation | undefined =>
  openapi && 'operationId' in openapi ? (openapi as Operation) : openapi?.[path];

const PATH_PARAMETERS: Record<string, string> = {
  id: 'The `id` of the record.',
  job_id: 'The `job_id` of the job.',
};
const namesIn = (path: string): string[] => [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
const pathParameters = (path: string) => {
  const schemaOf = (name: string) => z.string().max(64).meta({ description: PATH_PARAMETERS[name] });
  return z.object(Object.fromEntries(namesIn(path).map((name) => [name, schemaOf(name)])));
};

const ifMatch = z.string().optional().meta({ description: 'The `ETag` the edit is based on.' });
// What is optional does not pass its description on to the parameter.
const optionalKey = idempotencyKey.optional().meta({ description: idempotencyKey.description });
const requestHeaders = (route: Route) => ({
  ...(route.idempotencyKey === 'replays' && { [KEY_HEADER]: optionalKey }),
  ...(route.ifMatch && { 'if-match': ifMatch }),
});

const requestParams = ({ path, route }: DeclaredRoute) => {
  const headers = requestHeaders(route);
  const parameters = {
    ...(path.includes('{') && { path: pathParameters(path) }),
    ...(typeof route.query === 'object' && { query: route.query as z.ZodObject }),
    ...(Object.keys(headers).length > 0 && { header: z.object(headers) }),
  };
  return Object.keys(parameters).length > 0 ? { requestParams: parameters } : {};
};

/** A body the handler reads itself is described for its first media type; one parsed by a schema, for all. */
const requestBody = (
  { body, contentTypes = ['application/json'] }: Route,
  { body: described = body, example, otherBodies }: Operation,
) => {
  if (!described) return {};
  const isOptional = described instanceof z.ZodOptional;
  const schema = isOptional ? (described.unwrap() as z.ZodType) : described;
  const media = { schema, ...(example !== undefined && { example }) };
  const mediaTypes = described === body ? contentTypes : contentTypes.slice(0, 1);
  const own = Object.fromEntries(mediaTypes.map((type) => [type, media]));
  return { requestBody: { required: !isOptional, content: { ...own, ...otherBodies } } };
};

const ANSWER_HEADERS: Record<NonNullable<Answer['headers']>[number], z.ZodType> = {
  etag: z.string().meta({ description: 'The version.' }),
  'idempotent-replayed': z.literal('true').optional(),
  link: z.string().optional().meta({ description: '<...>; rel="next"' }),
  location: z.string().meta({ description: 'The URL of what was made.' }),
};
const answerHeaders = (names: NonNullable<Answer['headers']>) =>
  z.object(Object.fromEntries(names.map((name) => [name, ANSWER_HEADERS[name]])));

/** @param pathOf by operationId: an operation takes the member of the answer that its path parameter names */
const linksTo = (operationIds: string[], pathOf: ReadonlyMap<string, string>): ZodOpenApiLinksObject =>
  Object.fromEntries(
    operationIds.map((operationId) => {
      const names = namesIn(pathOf.get(operationId) ?? '');
      const parameters = Object.fromEntries(names.map((name) => [name, `$response.body#/${name}`]));
      return [operationId, { operationId, parameters }];
    }),
  );

const answerOf = ({ description, schema, headers, links }: Answer, pathOf: ReadonlyMap<string, string>) => ({
  description,
  ...(schema && { content: { 'application/json': { schema } } }),
  ...(headers && { headers: answerHeaders(headers) }),
  ...(links && { links: linksTo(links, pathOf) }),
});

const responses = ({ route }: DeclaredRoute, operation: Operation, pathOf: ReadonlyMap<string, string>) => ({
  ...problemAnswers(route, operation.problems),
  ...Object.fromEntries(
    Object.entries(operation.answers).map(([status, answer]) => [status, answerOf(answer, pathOf)]),
  ),
});

/**
 * Neither security scheme has scopes (OpenAPI 3.1, 4.8.30): the scope is in the description and in
 * `x-scope`.
 */
const access = ({ scope }: Route, description: string | undefined) => {
  const text = [description, scope && `Scope: \`${scope}\`.`].filter(Boolean).join(' ');
  return {
    ...(text && { description: text }),
    ...(scope && { 'x-scope': scope }),
    security: scope ? [{ bearer: [] }, { key: [] }] : [],
  };
};

export const operationObject = (
  declared: DeclaredRoute,
  operation: Operation,
  pathOf: ReadonlyMap<string, string>,
): ZodOpenApiOperationObject => ({
  operationId: operation.operationId,
  tags: [declared.tag],
  summary: operation.summary,
  ...access(declared.route, operation.description),
  ...requestParams(declared),
  ...requestBody(declared.route, operation),
  responses: responses(declared, operation, pathOf) as ZodOpenApiResponsesObject,
});
