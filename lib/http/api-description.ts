/**
 * The routes of serverless.yml and the OpenAPI document of them all: by the handlers outside Lambda
 * (runtime/serverless/api.ts), in a packaged function from files that infra/serverless/api.ts writes.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lazy } from '../concurrency/lazy.ts';

export interface RouteKey {
  method: string;
  /** Without trailing slash. */
  path: string;
}

export interface ApiDescription {
  routes(): readonly RouteKey[];
  /** JSON, in which `DAY` (openapi/operation.ts) stands for a day ahead. */
  document(options: { authenticated: boolean }): Promise<string>;
}

/** Beside the code of a packaged function. */
export const DESCRIPTION_FILES = {
  folder: 'api',
  routes: 'routes.json',
  document: ({ authenticated }: { authenticated: boolean }): string =>
    authenticated ? 'openapi.json' : 'openapi-without-keys.json',
};

const packaged = (codeFolder: string): ApiDescription => {
  const read = (file: string): string => readFileSync(join(codeFolder, DESCRIPTION_FILES.folder, file), 'utf8');
  return {
    routes: lazy(() => JSON.parse(read(DESCRIPTION_FILES.routes)) as RouteKey[]),
    document: async (options) => read(DESCRIPTION_FILES.document(options)),
  };
};

let description: ApiDescription | undefined;

/** A runtime that has the handlers describes them itself. */
export const useApiDescription = (next: ApiDescription): void => {
  description = next;
};

/** @param codeFolder of the running function */
export const apiDescription = (codeFolder: string): ApiDescription => {
  description ??= packaged(codeFolder);
  return description;
};

export const withoutTrailingSlash = (path: string): string =>
  path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;

const matches = (template: string, path: string): boolean => {
  const wanted = template.split('/');
  const given = path.split('/');
  return (
    wanted.length === given.length &&
    wanted.every((part, i) => part === given[i] || (part.startsWith('{') && given[i] !== ''))
  );
};

/** The methods of a path, a literal path before one with parameters; none: there is no such path. */
export const methodsOf = (routes: readonly RouteKey[], path: string): string[] => {
  const bare = withoutTrailingSlash(path);
  const literal = routes.filter((route) => route.path === bare);
  const found = literal.length > 0 ? literal : routes.filter((route) => matches(route.path, bare));
  return found.map((route) => route.method);
};
