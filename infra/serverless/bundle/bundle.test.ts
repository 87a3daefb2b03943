import { once } from 'node:events';
import * as nodeHttp from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { defaultProvider } from './credentials.ts';
import * as http from './http.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

it('has of node:http what the bundles use of it', async () => {
  const server = nodeHttp.createServer((_request, response) => response.end('hello')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const agent = new http.Agent({ keepAlive: true, maxSockets: 3 });
  expect(agent).toBeInstanceOf(nodeHttp.Agent);
  expect(agent.maxSockets).toBe(3);
  const request = http.request({ port: (server.address() as AddressInfo).port, agent }).end();
  const [response] = (await once(request, 'response')) as [nodeHttp.IncomingMessage];
  expect(await response.setEncoding('utf8').toArray()).toEqual(['hello']);
  agent.destroy();
  server.close();
  expect(http.STATUS_CODES[404]).toBe('Not Found');
  expect(http.default.request).toBe(nodeHttp.request);
});

it('reads the credentials of a function from its environment, once', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKID');
  vi.stubEnv('AWS_SESSION_TOKEN', 'session');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', '');
  const credentials = defaultProvider({});
  await expect(credentials()).rejects.toThrow('Unable to find environment variable credentials');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  const made = await credentials();
  expect(made).toMatchObject({ accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'session' });
  expect(await credentials()).toBe(made);
});
