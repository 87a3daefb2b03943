/** What every route must have: its block in serverless.yml, a scope, and its text in the OpenAPI document. */
import { existsSync, globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { methodsOf, withoutTrailingSlash } from '../lib/http/api-description.ts';
import { TAGS } from '../lib/http/openapi/document.ts';
import { operationOf } from '../lib/http/openapi/operation-object.ts';
import { type DeclaredFunction, declaredFunctions, documentedRoutes, routesOf } from '../lib/runtime/serverless/api.ts';
import { serverlessFile } from '../lib/runtime/serverless/serverless-file.ts';
import { loadServerless } from '../lib/runtime/serverless/serverless-yaml.ts';

/** These need no key. */
const PUBLIC = ['welcome', 'health', 'healthLive', 'docs', 'openapi', 'notFound'];
/** The documentation does not document itself. */
const UNDOCUMENTED = ['docs', 'openapi', 'notFound'];

const root = dirname(serverlessFile());
const document = await loadServerless({ stage: 'test' });
const fileOf = (handler: string): string => handler.replace(/\.handler$/, '.ts');
const routes = routesOf(document);
const names = Object.entries(document.functions)
  .filter(([, { events }]) => events.some(({ httpApi }) => httpApi))
  .map(([name]) => name);

describe('serverless.yml', () => {
  const blocks = Object.entries(document.functions).map(([name, { handler }]) => ({ name, file: fileOf(handler) }));

  it.each(blocks)('$name names a file that exists: $file', ({ file }) => {
    expect(existsSync(join(root, file))).toBe(true);
  });

  const handlers = globSync('functions/*/*.ts', { cwd: root }).filter((file) => !/\.(test|testing)\.ts$/.test(file));
  it.each(handlers)('has a block for %s', (file) => {
    expect(blocks.map((block) => block.file)).toContain(file);
  });

  const declared = Object.values(document.functions)
    .flatMap(({ events }) => events.map(({ httpApi }) => httpApi))
    .filter((httpApi) => typeof httpApi === 'object');
  const twins = routes.filter(({ path }) => path !== '/' && !path.startsWith('/docs/'));
  it.each(twins)('has $method $path with and without trailing slash', ({ method, path }) => {
    expect(declared).toContainEqual({ method, path });
    expect(declared).toContainEqual({ method, path: `${path}/` });
  });
});

describe('the handler', () => {
  let declared: Map<string, DeclaredFunction>;
  beforeAll(async () => {
    const functions = await declaredFunctions(document, serverlessFile());
    declared = new Map(functions.map((one) => [one.name, one]));
  });

  it.each(names)('%s declares a scope, or is public on purpose', (name) => {
    const { route } = declared.get(name) ?? {};
    expect(route, `${name} is made by authenticatedRoute or publicRoute`).toBeDefined();
    expect(route?.scope === undefined, `${name} is public`).toBe(PUBLIC.includes(name));
  });

  it.each(names.filter((name) => !UNDOCUMENTED.includes(name)))('%s has its OpenAPI text', (name) => {
    const documented = documentedRoutes([...declared.values()].filter((one) => one.name === name));
    expect(documented.length).toBeGreaterThan(0);
    for (const route of documented) {
      const operation = operationOf(route);
      expect(operation?.operationId, `operationId of ${route.path}`).toMatch(/^[a-z]\w+$/);
      expect(operation?.summary, `summary of ${route.path}`).toMatch(/\w/);
      expect(Object.keys(TAGS), `a description of the folder ${route.tag} in openapi/document.ts`).toContain(route.tag);
    }
  });

  it('has an operationId of its own', () => {
    const ids = documentedRoutes([...declared.values()]).flatMap((route) => operationOf(route)?.operationId ?? []);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });
});

describe('methodsOf', () => {
  it.each([
    ['/api/v1/notifications/ntf_1', ['GET', 'PATCH', 'DELETE']],
    ['/api/v1/notifications/ntf_1/', ['GET', 'PATCH', 'DELETE']],
    ['/api/v1/events', ['POST', 'GET']],
    ['/api/v1/events/batch', ['POST']],
    ['/', ['GET']],
    ['/api/v1/nothing', []],
    ['/api/v1/events//', []],
  ])('knows the methods of %s', (path, methods) => {
    expect(methodsOf(routes, path)).toEqual(methods);
  });

  it('has each route once, without trailing slash', () => {
    const keys = routes.map(({ method, path }) => `${method} ${path}`);
    expect(new Set(keys).size).toBe(keys.length);
    expect(routes.map(({ path }) => withoutTrailingSlash(path))).toEqual(routes.map(({ path }) => path));
  });
});
