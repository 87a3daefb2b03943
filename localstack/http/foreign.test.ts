import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSchedulerServer } from '../scheduler/server.ts';
import { signedFor } from '../testing/signature.ts';
import { type Aws, startAws } from '../testing/stack.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { jsonLog } from './json-log.ts';

const directory = temporaryDirectory();
let aws: Aws;
let scheduler: Awaited<ReturnType<typeof startSchedulerServer>>;
beforeAll(async () => {
  aws = await startAws({ dataDir: directory.path, provisioned: false });
  const where = { endpoint: aws.endpoint, host: '127.0.0.1', port: 0, directory: `${directory.path}/scheduler` };
  scheduler = await startSchedulerServer({ ...where, region: 'us-east-1', accountId: '000000000000', log: jsonLog });
});
afterAll(async () => {
  await scheduler.close();
  await aws.close();
  directory.remove();
});

interface Sent {
  method?: string;
  path?: string;
  headers: Record<string, string>;
  /** Undefined: announced by its length, and never sent. */
  body?: string;
}

interface Answer {
  status: number | undefined;
  headers: IncomingHttpHeaders;
}

/** By node:http, which sends the `Host` it is given. */
const send = (port: number, { method = 'POST', path = '/', headers, body }: Sent): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const announced = body === undefined ? { 'content-length': 1_000 } : {};
    const request = httpRequest({ host: '127.0.0.1', port, method, path, headers: { ...headers, ...announced } });
    request.on('response', (answer) => {
      answer.resume();
      resolve({ status: answer.statusCode, headers: answer.headers });
      request.destroy();
    });
    request.on('error', reject);
    if (body === undefined) request.flushHeaders();
    else request.end(body);
  });

const here = { host: 'localhost:4566' };

const foreign: [string, Record<string, string>][] = [
  ['the Host of another site', { host: 'evil.example', origin: 'http://evil.example' }],
  ['another Origin', { ...here, origin: 'https://evil.example' }],
  ['no Origin, but from another site', { ...here, 'sec-fetch-site': 'cross-site', 'content-type': 'text/plain' }],
];

describe.each(foreign)('a web page with %s', (_, headers) => {
  it.each(['dynamodb', 'sqs', 'scheduler', 'ses', 'sms-voice', 'kms', 'sts', 's3'])(
    'is refused by %s before its body is read',
    async (service) => {
      const answer = await send(aws.port, { headers: { ...signedFor(service), ...headers } });
      expect(answer.status).toBe(403);
      const seen = service === 's3' ? answer.headers['content-type'] : answer.headers['x-amzn-errortype'];
      expect(seen).toBe(service === 's3' ? 'text/xml' : 'AccessDeniedException');
    },
  );

  it.each(['/_local/clock', '/_local/faults', '/_local/inbox', '/_local/inbox/webhook/../../clock'])(
    'is refused at %s',
    async (path) => {
      const answer = await send(aws.port, { path, headers });
      expect(answer.status).toBe(403);
      expect(answer.headers['content-type']).toBe('application/problem+json');
    },
  );

  it('is refused where webhooks are shown', async () => {
    const answer = await send(aws.port, { path: '/_local/inbox/webhook/a', headers, body: '{}' });
    expect([answer.status, aws.inbox()]).toEqual([403, []]);
  });

  it('creates no schedule at the scheduler alone', async () => {
    const answer = await send(scheduler.port, { path: '/schedules/a', headers });
    expect([answer.status, answer.headers['x-amzn-errortype']]).toEqual([403, 'AccessDeniedException']);
  });
});

describe('the local AWS answers', () => {
  it.each(['localhost:4566', '127.0.0.1:4566', '[::1]:4566', 'local-aws', 'a.b.svc.cluster.local', 'q.localhost'])(
    'a program that names it %s',
    async (host) => {
      const headers = { ...signedFor('sts'), host };
      expect((await send(aws.port, { headers, body: 'Action=GetCallerIdentity' })).status).toBe(200);
      expect((await send(scheduler.port, { method: 'GET', path: '/schedules', headers, body: '' })).status).toBe(200);
    },
  );

  it('the inbox page, of its own origin', async () => {
    const headers = { ...here, origin: `http://${here.host}`, 'sec-fetch-site': 'same-origin' };
    expect((await send(aws.port, { method: 'DELETE', path: '/_local/inbox', headers, body: '' })).status).toBe(204);
  });

  it('a server that posts a webhook to this machine under a name of its own', async () => {
    const headers = { host: 'laptop.example.com:4566' };
    expect((await send(aws.port, { path: '/_local/inbox/webhook/a', headers, body: '{}' })).status).toBe(200);
    expect(aws.inbox()).toHaveLength(1);
  });
});
