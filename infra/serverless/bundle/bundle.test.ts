import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import * as nodeHttp from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterEach, expect, it, vi } from 'vitest';
import { temporaryDirectory } from '../../../localstack/testing/temporary-directory.ts';
import chunks from './chunks.ts';
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

it('names chunks after their function, and leaves out those that it cannot reach', async () => {
  const directory = temporaryDirectory();
  try {
    const write = (name: string, text: string) => writeFileSync(join(directory.path, name), text);
    write('shared.js', 'export const shared = () => "shared";');
    write('late.js', 'import { shared } from "./shared.js"; export const late = () => shared() + " late";');
    write('never.js', 'export const never = () => "never";');
    const never = 'export const notCalled = () => import("./never.js");';
    write('loaders.js', `export const load = () => import("./late.js"); ${never}`);
    const used = 'import { load } from "./loaders.js"; import { shared } from "./shared.js";';
    write('create.js', `${used} export const handler = async () => [shared(), (await load()).late()];`);
    const out = join(directory.path, 'out');
    mkdirSync(out);
    const entryPoints = [join(directory.path, 'create.js')];
    const options = { bundle: true, splitting: true, format: 'esm', outExtension: { '.js': '.mjs' } } as const;
    await build({ ...options, entryPoints, outdir: out, plugins: chunks });
    const files = readdirSync(out).map((name) => name.replace(/-\w+\.mjs$/, ''));
    expect(files.sort()).toEqual(['create.chunk', 'create.late', 'create.mjs']);
    const { handler } = await import(join(out, 'create.mjs'));
    expect(await handler()).toEqual(['shared', 'shared late']);
  } finally {
    directory.remove();
  }
});
