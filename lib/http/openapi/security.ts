/** Which operations need a key or token, and the scope each one needs. */
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import type { Scope } from '../../auth/principal.ts';

export type Method = 'get' | 'post' | 'patch' | 'delete';
type ScopeOf = (method: Method, operationId: string) => Scope;

/** The paths with each operation replaced by what `change` makes of it. */
export const mapOperations = (
  paths: ZodOpenApiPathsObject,
  change: (operation: ZodOpenApiOperationObject, method: Method) => ZodOpenApiOperationObject,
): ZodOpenApiPathsObject =>
  Object.fromEntries(
    Object.entries(paths).map(([path, operations]) => [
      path,
      Object.fromEntries(
        Object.entries(operations as Record<Method, ZodOpenApiOperationObject>).map(([method, operation]) => [
          method,
          change(operation, method as Method),
        ]),
      ),
    ]),
  );

export const securitySchemes = {
  bearer: { type: 'http', scheme: 'bearer', description: 'A key of the service, or a token of the configured issuer.' },
  key: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'A key of the service.' },
} as const;

/**
 * Neither scheme has scopes of its own (OpenAPI 3.1, 4.8.30), so the scope is in the description
 * and in `x-scope`.
 */
export const guarded = (paths: ZodOpenApiPathsObject, scopeOf: ScopeOf): ZodOpenApiPathsObject =>
  mapOperations(paths, (operation, method) => {
    const scope = scopeOf(method, operation.operationId ?? '');
    const description = [operation.description, `Scope: \`${scope}\`.`].filter(Boolean).join(' ');
    return { ...operation, description, 'x-scope': scope, security: [{ bearer: [] }, { key: [] }] };
  });

export const byAccess =
  (noun: 'events' | 'notifications') =>
  (method: Method): Scope =>
    `${noun}:${method === 'get' ? 'read' : 'write'}`;

const OPERATE_ENDPOINT = ['disableEndpoint', 'enableEndpoint', 'testEndpoint'];
/** What shows a secret, or decides where headers that are secret go, needs `admin`. */
export const endpointScope: ScopeOf = (method, operationId) =>
  method === 'get' || OPERATE_ENDPOINT.includes(operationId) ? byAccess('notifications')(method) : 'admin';
