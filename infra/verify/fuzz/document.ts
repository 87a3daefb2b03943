/** What the service's own document says it does. */

import { loadServerless } from '../../../lib/runtime/serverless/serverless-yaml.ts';
import type { OpenApiDocument } from '../kit/openapi-conformance.ts';

export interface JsonSchema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: boolean | JsonSchema;
  propertyNames?: JsonSchema;
  items?: JsonSchema;
  minItems?: number;
  maxItems?: number;
  minProperties?: number;
  maxProperties?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  format?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  multipleOf?: number;
  examples?: unknown[];
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required: boolean;
  schema: JsonSchema;
}

export interface Operation {
  id: string;
  method: string;
  /** As the document has it, e.g. `/api/v1/events/{id}`. */
  template: string;
  parameters: Parameter[];
  /** By media type. */
  bodies: Record<string, JsonSchema>;
  bodyRequired: boolean;
}

/** Resolves `#/components/schemas/...`; throws for what is not there. */
export const resolveSchema = (document: OpenApiDocument, schema: JsonSchema): JsonSchema => {
  if (schema.$ref === undefined) return schema;
  const found = document.components.schemas[schema.$ref.replace('#/components/schemas/', '')];
  if (!found) throw new Error(`${schema.$ref} is not in the document`);
  return resolveSchema(document, found as JsonSchema);
};

export const operationsOf = (document: OpenApiDocument): Operation[] =>
  Object.entries(document.paths).flatMap(([template, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      id: operation.operationId ?? `${method} ${template}`,
      method: method.toUpperCase(),
      template,
      parameters: (operation.parameters ?? []) as Parameter[],
      bodies: Object.fromEntries(
        Object.entries(operation.requestBody?.content ?? {}).map(([type, { schema }]) => [type, schema as JsonSchema]),
      ),
      bodyRequired: (operation.requestBody as { required?: boolean } | undefined)?.required === true,
    })),
  );

/** They serve the documentation itself. */
const UNDOCUMENTED = ['GET /docs', 'GET /docs/{asset}', 'GET /openapi.json'];

const bare = (path: string): string => (path.length > 1 ? path.replace(/\/$/, '') : path);

/** Routes of serverless.yml that the document does not have. */
export const undocumentedRoutes = async (document: OpenApiDocument): Promise<string[]> => {
  const known = new Set(operationsOf(document).map(({ method, template }) => `${method} ${bare(template)}`));
  const declared = Object.values((await loadServerless({ stage: 'local' })).functions)
    .flatMap(({ events }) => events.map(({ httpApi }) => httpApi))
    .filter((httpApi) => typeof httpApi === 'object')
    .map(({ method, path }) => `${method.toUpperCase()} ${bare(path)}`);
  return [...new Set(declared)].filter((route) => !known.has(route) && !UNDOCUMENTED.includes(route));
};
