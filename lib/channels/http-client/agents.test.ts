import { type Agent, request } from 'node:http';
import type { LookupFunction } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { makeAgents } from './agents.ts';
import { BLOCKED } from './guard.ts';
import { makeReceiver, type Receiver } from './receiver.testing.ts';

let receiver: Receiver | undefined;

afterEach(() => receiver?.close());

const get = (agent: Agent, port: number, host = '127.0.0.1') =>
  new Promise<string>((resolve) => {
    request({ agent, host, port })
      .on('response', (response) => response.resume().on('end', () => resolve('answered')))
      .on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
      .end();
  });

describe('makeAgents', () => {
  it('refuses literal addresses, for which no lookup is asked, also to requests that waited for a connection', async () => {
    receiver = await makeReceiver((_received, _request, response) => response.end());
    const { port } = receiver;
    const limits = { maxConnectionsPerOrigin: 1 };
    const { 'http:': agent } = makeAgents({ ...limits, allowPrivate: false }, (_name, _options, callback) =>
      callback(null, '127.0.0.1'),
    );
    expect(await Promise.all(Array.from({ length: 3 }, () => get(agent, port)))).toEqual(Array(3).fill(BLOCKED));
    expect(await get(agent, port, 'hooks.example.com')).toBe(BLOCKED);
    expect(receiver.received).toEqual([]);
  });

  it('lets them through where private addresses are allowed', async () => {
    receiver = await makeReceiver((_received, _request, response) => response.end());
    const limits = { maxConnectionsPerOrigin: 1, allowPrivate: true };
    const { 'http:': agent } = makeAgents(limits, (_name, _options, callback) => callback(null, '127.0.0.1'));
    expect(await get(agent, receiver.port)).toBe('answered');
    agent.destroy();
  });

  it('give each request a connection of its own where none is kept, whatever the limit of kept ones', async () => {
    receiver = await makeReceiver((_received, _request, response) => response.end());
    const { port, server } = receiver;
    let connections = 0;
    server.on('connection', () => {
      connections += 1;
    });
    const limits = { maxConnectionsPerOrigin: 1, allowPrivate: true };
    const lookup: LookupFunction = (_name, _options, callback) => callback(null, '127.0.0.1');
    const { 'http:': agent } = makeAgents(limits, lookup, { keepAlive: false });
    expect(await Promise.all([1, 2, 3].map(() => get(agent, port)))).toEqual(Array(3).fill('answered'));
    expect(connections).toBe(3);
  });
});
