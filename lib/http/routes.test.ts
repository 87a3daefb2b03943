import { expect, it } from 'vitest';
import { loadServerless } from '../runtime/serverless/serverless-yaml.ts';
import { methodsOf, routes, withoutTrailingSlash } from './routes.ts';

const declared = Object.values((await loadServerless({ stage: 'test' })).functions)
  .flatMap(({ events }) => events.map(({ httpApi }) => httpApi))
  .filter((httpApi) => typeof httpApi === 'object');

it('is the list of serverless.yml', () => {
  const bare = new Set(declared.map(({ method, path }) => `${method} ${withoutTrailingSlash(path)}`));
  expect(new Set(routes.map(({ method, path }) => `${method} ${path}`))).toEqual(bare);
});

it('every route is declared with and without trailing slash', () => {
  const without = routes.filter(({ path }) => path !== '/' && !path.startsWith('/docs/'));
  for (const { method, path } of without) expect(declared).toContainEqual({ method, path: `${path}/` });
});

it.each([
  ['/api/v1/notifications/ntf_1', ['GET', 'PATCH', 'DELETE']],
  ['/api/v1/notifications/ntf_1/', ['GET', 'PATCH', 'DELETE']],
  ['/api/v1/events', ['POST', 'GET']],
  ['/api/v1/events/batch', ['POST']],
  ['/', ['GET']],
  ['/api/v1/nothing', []],
  ['/api/v1/events//', []],
])('knows the methods of %s', (path, methods) => {
  expect(methodsOf(path)).toEqual(methods);
});
