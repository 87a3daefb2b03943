/**
 * In place of `node:http` in the bundles, loaded with its first use. An import of node:http reads all of its
 * exports, one of which loads Node's undici: 20 ms of a cold start, and most functions speak HTTPS alone. A
 * named import that is not here fails the packaging.
 */
import type * as Http from 'node:http';

const http = (): typeof Http => process.getBuiltinModule('node:http');

export const request = ((...parameters: Parameters<typeof Http.request>) =>
  http().request(...parameters)) as typeof Http.request;

/** What `new` makes of it is one of Node's. */
export const Agent = new Proxy(class {} as typeof Http.Agent, {
  construct: (_, [options]) => new (http().Agent)(options),
});

export const STATUS_CODES: typeof Http.STATUS_CODES = new Proxy(
  {},
  { get: (_, code) => http().STATUS_CODES[String(code)] },
);

export default new Proxy({} as typeof Http, { get: (_, name) => Reflect.get(http(), name) });
