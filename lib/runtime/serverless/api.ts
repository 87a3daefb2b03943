/**
 * Describes the API by serverless.yml, which has the routes, and by the handlers, which say what
 * each takes and answers.
 */
import { lazy } from '../../concurrency/lazy.ts';
import { type ApiDescription, type RouteKey, withoutTrailingSlash } from '../../http/api-description.ts';
import { type DeclaredRoute, type DocumentOptions, openApiDocument } from '../../http/openapi/document.ts';
import { DAY, dayAhead } from '../../http/openapi/operation.ts';
import type { Route } from '../../http/types.ts';
import { loadFunction } from './handlers.ts';
import { serverlessFile } from './serverless-file.ts';
import { loadServerless, type ServerlessDocument } from './serverless-yaml.ts';

type Functions = Pick<ServerlessDocument, 'functions'>;

const routesOfFunction = (events: ServerlessDocument['functions'][string]['events']): RouteKey[] => {
  const keys = events.flatMap(({ httpApi }) => (typeof httpApi === 'object' ? [httpApi] : []));
  const bare = new Map(keys.map(({ method, path }) => [`${method} ${withoutTrailingSlash(path)}`, method]));
  return [...bare].map(([key, method]) => ({ method, path: key.slice(method.length + 1) }));
};

export const routesOf = ({ functions }: Functions): RouteKey[] =>
  Object.values(functions).flatMap(({ events }) => routesOfFunction(events));

export interface DeclaredFunction {
  name: string;
  /** `functions/<folder>/<file>.handler` */
  handler: string;
  routes: RouteKey[];
  /** Undefined: it is not made by the HTTP pipeline. */
  route: Route | undefined;
}

/** The functions behind the HTTP API, with what their handlers declare. Imports all of them. */
export const declaredFunctions = async (
  { functions }: Functions,
  serverlessPath: string,
): Promise<DeclaredFunction[]> => {
  const http = Object.entries(functions).filter(([, { events }]) => events.some(({ httpApi }) => httpApi));
  return Promise.all(
    http.map(async ([name, declared]) => {
      const loaded = await loadFunction(name, declared, { serverlessPath, timeoutSeconds: undefined });
      const { handler, events } = declared;
      return { name, handler, routes: routesOfFunction(events), route: loaded.handler.route };
    }),
  );
};

/** `functions/dead-letters/list.handler` -> `dead letters`. */
const tagOf = (handler: string): string => handler.split('/').at(-2)?.replaceAll('-', ' ') ?? '';

export const documentedRoutes = (functions: DeclaredFunction[]): DeclaredRoute[] =>
  functions.flatMap(({ handler, routes, route }) =>
    route ? routes.map((key) => ({ ...key, tag: tagOf(handler), route })) : [],
  );

export const describeApi = (document: Functions, serverlessPath: string): ApiDescription => {
  const declared = lazy(async () => documentedRoutes(await declaredFunctions(document, serverlessPath)));
  return {
    routes: lazy(() => routesOf(document)),
    document: async (options) => JSON.stringify(openApiDocument(await declared(), options)),
  };
};

/** That of this repository. */
export const ownApi = async (): Promise<ApiDescription> =>
  describeApi(await loadServerless({ stage: 'local', functionsOnly: true }), serverlessFile());

/** Its document as /openapi.json serves it. @param now business time, epoch ms */
export const ownDocument = async ({ now, ...options }: DocumentOptions & { now: number }) =>
  JSON.parse((await (await ownApi()).document(options)).replaceAll(DAY, dayAhead(now))) as ReturnType<
    typeof openApiDocument
  >;
