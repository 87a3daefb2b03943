/**
 * The smoke client against services that fail it: it says which way, in a sentence, in time, and
 * never tells the key.
 */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { cert, key as privateKey } from '../../../lib/channels/http-client/tls.testing.ts';
import { makeClient } from '../kit/client.ts';
import type { Target } from '../kit/target.ts';
import { withoutSecrets } from '../kit/target.ts';
import { runSmoke } from './run.ts';
import type { Step } from './steps.ts';

const KEY = 'a-key-of-a-caller';
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const listen = async (server: Server): Promise<number> => {
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
};
const serve = async (listener: RequestListener): Promise<string> =>
  `http://127.0.0.1:${await listen(createServer(listener))}`;
const serveSecurely = async (listener: RequestListener): Promise<number> =>
  listen(createSecureServer({ cert, key: privateKey }, listener));

const smoke = async (target: Target, options: { timeoutMs?: number; steps?: Step[]; patienceMs?: number } = {}) => {
  const { timeoutMs = 5_000, patienceMs = 20_000, steps } = options;
  const said: string[] = [];
  const client = makeClient(target, { timeoutMs });
  const wrong = await runSmoke({
    client,
    hasKey: target.key !== undefined,
    say: (line) => said.push(withoutSecrets(line, [target.key])),
    patienceMs,
    ...(steps && { steps }),
  });
  client.close();
  return { wrong, said: said.join('\n') };
};

const json =
  (status: number, body: unknown, type = 'application/json'): RequestListener =>
  (_request, response) =>
    void response.writeHead(status, { 'content-type': type }).end(JSON.stringify(body));
const problem = (status: number, code: string): RequestListener =>
  json(status, { type: 'about:blank', title: code, detail: code, status, code }, 'application/problem+json');
const health = { status: 'ok', version: '1', dependencies: { dynamodb: { status: 'ok', latency_ms: 1 } } };

describe('where there is no answer, one step says why and the rest is not tried', () => {
  test('a name that does not exist', async () => {
    const { wrong, said } = await smoke({ url: 'http://nothing.invalid' });
    expect(wrong).toEqual(['health']);
    expect(said).toMatch(/DNS: the name nothing\.invalid (does not exist|could not be resolved)/);
    expect(said).toMatch(/the rest +not tried/);
  });

  test('a port where nothing listens', async () => {
    const url = await serve(() => undefined);
    servers.pop()?.close();
    expect((await smoke({ url })).said).toContain('nothing listens at 127.0.0.1:');
  });

  test('a service that takes a request and never answers', async () => {
    const { wrong, said } = await smoke({ url: await serve(() => undefined) }, { timeoutMs: 100 });
    expect([wrong, said]).toEqual([['health'], expect.stringContaining('no answer within 0.1 s')]);
  });

  test('an answer that never ends', async () => {
    const url = await serve((_request, response) => void response.writeHead(200).write('{'));
    expect((await smoke({ url }, { timeoutMs: 100 })).said).toContain('no answer within 0.1 s');
  });

  test('http where https is asked', async () => {
    const url = (await serve(json(200, health))).replace('http:', 'https:');
    expect((await smoke({ url })).said).toContain('TLS: the other side speaks no TLS');
  });

  test('a certificate of an unknown authority, or of another name', async () => {
    const url = `https://127.0.0.1:${await serveSecurely(json(200, health))}`;
    expect((await smoke({ url })).said).toMatch(/TLS: the certificate is not signed by a known authority .*--ca/);
    expect((await smoke({ url, ca: cert })).said).toMatch(/TLS: the certificate is for another name .*--host/);
  });

  test('what says that it is JSON and is not', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('<html>');
    });
    expect((await smoke({ url })).said).toContain('the content type of the answer is JSON, and the answer is not');
  });
});

test('--host is what the server is asked for, in TLS and in Host, and --ca what it is trusted by', async () => {
  const hosts: (string | undefined)[] = [];
  const port = await serveSecurely((request, response) => {
    hosts.push(request.headers.host);
    json(200, health)(request, response);
  });
  const client = makeClient(
    { url: `https://127.0.0.1:${port}`, ca: cert, host: 'receiver.example' },
    { timeoutMs: 5_000 },
  );
  const answer = await client.call('GET', '/health');
  client.close();
  expect([answer.status, answer.body, hosts]).toEqual([200, health, ['receiver.example']]);
});

test('the key goes out as a bearer token, and is never said, even where the answer repeats it', async () => {
  const seen = new Set<string | undefined>();
  const url = await serve((request, response) => {
    seen.add(request.headers.authorization);
    json(403, { sent: request.headers.authorization })(request, response);
  });
  const { wrong, said } = await smoke({ url, key: KEY });
  expect(seen).toEqual(new Set([`Bearer ${KEY}`, undefined])); // once without it: is it refused?
  expect(wrong).toContain('publish an event');
  expect(said).toContain('the key does not hold the scope');
  expect(said).not.toContain(KEY);
});

describe('an answer that is not as it should be', () => {
  test.each<[string, RequestListener, RegExp]>([
    [
      'a service that wants a key',
      problem(401, 'unauthorized'),
      /401 instead of 200: the service asks for a key.*--key/,
    ],
    ['a gateway without a service', json(502, {}), /502 instead of 200: a gateway in front .* reaches nothing/],
    ['another website', json(404, 'nothing here', 'text/html'), /404 instead of 200: something else answers there/],
    [
      'a redirect',
      (_request, response) => void response.writeHead(301, { location: 'https://a.example/' }).end(),
      /301 .*it redirects to https:\/\/a\.example\//,
    ],
    [
      'a service that is not well',
      json(503, { ...health, status: 'unavailable' }),
      /the service says it is unavailable: dynamodb ok 1 ms/,
    ],
    ['something else that is healthy', json(200, { ok: true }), /this is not the health of the service/],
  ])('%s', async (_name, listener, sentence) => {
    const { wrong, said } = await smoke({ url: await serve(listener) });
    expect(wrong).toContain('health');
    expect(said).toMatch(sentence);
  });

  test('what needs a record that was not made is not tried, and counts as wrong', async () => {
    const { wrong, said } = await smoke({ url: await serve(json(201, {})) });
    expect(said).toMatch(/publish an event +the body has no id/);
    expect(said).toMatch(/cancel it +not tried: there is no notification/);
    expect(wrong).toEqual(
      expect.arrayContaining(['publish an event', 'list events', 'create a notification', 'cancel it']),
    );
  });

  test('a service without authentication, although a key is given', async () => {
    const { wrong, said } = await smoke({ url: await serve(json(200, health)), key: KEY });
    expect(wrong).toContain('authentication');
    expect(said).toContain('it is open');
  });
});

test('no step begins when the time is up', async () => {
  const { wrong, said } = await smoke({ url: await serve(json(200, health)) }, { patienceMs: -1 });
  expect(wrong).toHaveLength(13);
  expect(said).not.toMatch(/^ok/m);
});
