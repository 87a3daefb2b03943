/** What is too large, as clients of both versions of HTTP see its refusal through the gateway. */
import { readFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:tls';
import { expectStatus, expectThat } from '../../../kit/expect.ts';
import { ask, type Listener } from '../gateway-client.ts';
import type { Check } from './check.ts';
import { bearer } from './service.ts';

const EVENTS = '/api/v1/events/';
const MEGABYTE = 1_024 * 1_024;
const BODIES_MB = [1, 2, 5, 20];
const HEADER_BYTES = 70 * 1_024;
const TIMEOUT_MS = 20_000;

/**
 * The status line, for a client that reads nothing before all is sent. Rejects when the connection
 * ends without one.
 */
const sendThenRead = ({ address, host, authority }: Listener, key: string, bytes: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const ca = readFileSync(authority, 'utf8');
    const socket = connect({ host: address, port: 443, servername: host, ca, ALPNProtocols: ['http/1.1'] });
    let text = '';
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error('no answer in time')));
    socket.once('error', reject).once('close', () => reject(new Error('closed without an answer')));
    socket.once('secureConnect', () => {
      const lines = [`POST ${EVENTS} HTTP/1.1`, `host: ${host}`, `authorization: Bearer ${key}`];
      socket.write([...lines, 'content-type: application/json', `content-length: ${bytes}`, '', ''].join('\r\n'));
      socket.write(Buffer.alloc(bytes, 'x'), () => {
        socket.on('data', (chunk: Buffer) => {
          text += chunk;
          if (!text.includes('\r\n')) return;
          resolve(text.slice(0, text.indexOf('\r\n')));
          socket.destroy();
        });
      });
    });
  });

/** The status in HTTP/2, or the error with which the stream ended. */
const askHttp2 = (
  { address, host, authority }: Listener,
  headers: Record<string, string>,
  body?: Buffer,
): Promise<string> =>
  new Promise((resolve, reject) => {
    const session = connectHttp2(`https://${address}`, { ca: readFileSync(authority, 'utf8'), servername: host });
    session.once('error', reject);
    const method = body ? 'POST' : 'GET';
    const stream = session.request(
      { ':method': method, ':path': EVENTS, ':authority': host, ...headers },
      { endStream: !body },
    );
    stream.setTimeout(TIMEOUT_MS, () => stream.destroy(new Error('no answer in time')));
    let status = '';
    stream.once('response', (answer) => {
      status = String(answer[':status']);
    });
    const end = (error?: Error): void => {
      resolve(error?.message ?? status);
      session.destroy();
    };
    stream
      .once('error', end)
      .once('end', () => end())
      .resume();
    if (body) stream.end(body);
  });

export const sizeChecks = (listener: Listener, key: string): Check[] => [
  {
    name: 'bodies over the limit, from clients that send everything first',
    run: async () => {
      for (const megabytes of BODIES_MB) {
        const line = await sendThenRead(listener, key, megabytes * MEGABYTE);
        expectThat(line.startsWith('HTTP/1.1 413 '), `${megabytes} MB in HTTP/1.1: ${line}`);
        const headers = { ...bearer(key).headers, 'content-type': 'application/json' };
        const second = await askHttp2(listener, headers, Buffer.alloc(megabytes * MEGABYTE, 'x'));
        expectThat(second === '413', `${megabytes} MB in HTTP/2: ${second}`);
      }
      return `413 for ${BODIES_MB.join(', ')} MB, in HTTP/1.1 and HTTP/2`;
    },
  },
  {
    name: 'headers over the gateway\u2019s limit',
    run: async () => {
      const headers = { ...bearer(key).headers, 'x-long': 'x'.repeat(HEADER_BYTES) };
      expectStatus(await ask(listener, 'GET', EVENTS, { headers }), 431);
      const second = await askHttp2(listener, headers);
      expectThat(second.includes('REFUSED_STREAM'), `in HTTP/2 it is ${second}`);
      return '431 in HTTP/1.1, in HTTP/2 a stream that is reset';
    },
  },
  {
    name: 'Strict-Transport-Security',
    run: async () => {
      for (const path of ['/health', EVENTS]) {
        const header = (await ask(listener, 'GET', path)).headers.get('strict-transport-security');
        expectThat(header === 'max-age=31536000', `${path} says ${header}`);
      }
      const plain = await ask(listener, 'GET', '/health', { scheme: 'http' });
      expectThat(!plain.headers.has('strict-transport-security'), 'it is said by http, where it counts for nothing');
      return 'on what the service answers, not on the redirect';
    },
  },
];
