import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { loadServerless } from '../../lib/runtime/serverless/serverless-yaml.ts';

const require = createRequire(import.meta.url);

it('every route of serverless.yml becomes a resource of its own', async () => {
  const naming = { ...require('serverless/lib/plugins/aws/lib/naming.js') };
  const Plugin = require('./trailing-slash-routes.cjs');
  new Plugin({ getProvider: () => ({ naming }) }).hooks['before:package:initialize']();
  const keys = Object.values((await loadServerless({ stage: 'dev' })).functions)
    .flatMap(({ events }) => events)
    .flatMap(({ httpApi }) => (httpApi && httpApi !== '*' ? `${httpApi.method} ${httpApi.path}` : []));
  const ids = keys.map((key) => naming.getHttpApiRouteLogicalId(key));
  expect(keys.length).toBeGreaterThan(60);
  expect(new Set(ids).size).toBe(keys.length);
  expect(naming.getHttpApiRouteLogicalId('*')).toBe('HttpApiRouteDefault');
});
