import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { assertDeployable, endpointOf } from './endpoint.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

/** An emulator that answers these paths, and 404 for the rest. */
const emulator = async (answers: Record<string, unknown>): Promise<string> => {
  server = createServer(({ url = '' }, response) => {
    const body = answers[url];
    response.writeHead(body === undefined ? 404 : 200).end(JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
const offering = (...names: string[]) => ({ services: Object.fromEntries(names.map((name) => [name, 'available'])) });
const WHOLE = ['cloudformation', 'lambda', 'apigateway', 'dynamodb', 'sqs', 'scheduler', 's3'];

describe('the endpoint', () => {
  it('is AWS_ENDPOINT_URL, else the default port of emulators', () => {
    expect(endpointOf({ AWS_ENDPOINT_URL: 'http://127.0.0.1:4599/' })).toBe('http://127.0.0.1:4599');
    expect(endpointOf({ AWS_ENDPOINT_URL: '' })).toBe('http://127.0.0.1:4566');
  });

  it.each(['4566', 'ftp://127.0.0.1', 'http://127.0.0.1:4566/path'])('cannot be %s', (AWS_ENDPOINT_URL) => {
    expect(() => endpointOf({ AWS_ENDPOINT_URL })).toThrow(`not "${AWS_ENDPOINT_URL}"`);
  });

  it('is never AWS itself', () => {
    const AWS_ENDPOINT_URL = 'https://sqs.eu-west-1.amazonaws.com';
    expect(() => endpointOf({ AWS_ENDPOINT_URL })).toThrow('npm run deploy -- --stage');
  });
});

describe('assertDeployable', () => {
  it('accepts an emulator with all that a deployment needs', async () => {
    const endpoint = await emulator({ '/_localstack/health': offering(...WHOLE) });
    await expect(assertDeployable(endpoint)).resolves.toBeUndefined();
  });

  it('says how to start an emulator if nothing answers', async () => {
    const endpoint = await emulator({});
    server?.close();
    await once(server as Server, 'close');
    await expect(assertDeployable(endpoint)).rejects.toThrow(/Nothing answers at .*\n.*MiniStack/);
  });

  it('refuses the local AWS of npm start: there is nothing to deploy', async () => {
    const endpoint = await emulator({ '/_local/health': { status: 'ok' } });
    await expect(assertDeployable(endpoint)).rejects.toThrow('There is nothing to deploy');
  });

  it('names the service that the emulator lacks', async () => {
    const endpoint = await emulator({ '/_localstack/health': offering(...WHOLE.filter((name) => name !== 'lambda')) });
    await expect(assertDeployable(endpoint)).rejects.toThrow('does not have lambda,');
  });

  it('refuses any other server', async () => {
    await expect(assertDeployable(await emulator({ '/': {} }))).rejects.toThrow('neither MiniStack nor LocalStack');
  });
});
