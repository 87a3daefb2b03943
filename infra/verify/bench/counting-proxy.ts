/** Stands between one component and the local AWS and counts its calls. */
import { once } from 'node:events';
import { Agent, createServer, request as forward, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { emptyUsage, type Ledger, type Usage } from './usage.ts';

export interface CountingProxy {
  url: string;
  usage: Usage;
  reset(): void;
  close(): Promise<void>;
}

const textOf = async (stream: IncomingMessage): Promise<string> => {
  let text = '';
  stream.setEncoding('utf8');
  for await (const chunk of stream) text += chunk;
  return text;
};

const parsed = (text: string): Record<string, unknown> => (text.startsWith('{') ? JSON.parse(text) : {});

/** `DynamoDB_20120810.PutItem` -> `PutItem`; REST services by method and the first word of the path. */
const operationOf = ({ headers, method, url = '/' }: IncomingMessage): string => {
  const target = headers['x-amz-target'];
  if (typeof target === 'string') return target.slice(target.indexOf('.') + 1);
  if (url.startsWith('/schedules/')) return method === 'POST' ? 'CreateSchedule' : `${method} schedule`;
  return url.includes('outbound-emails') ? 'SendEmail' : `${method} ${url.split('?')[0]}`;
};

export const startCountingProxy = async (awsUrl: string, ledger: Ledger): Promise<CountingProxy> => {
  const agent = new Agent({ keepAlive: true });
  const { hostname, port } = new URL(awsUrl);
  let usage = emptyUsage();

  const pass = async (request: IncomingMessage): Promise<{ status: number; headers: object; body: string }> => {
    const given = await textOf(request);
    const fields = parsed(given);
    const isDynamo = String(request.headers['x-amz-target'] ?? '').startsWith('DynamoDB');
    const body = isDynamo ? JSON.stringify({ ...fields, ReturnConsumedCapacity: 'TOTAL' }) : given;
    const headers = { ...request.headers, 'content-length': String(Buffer.byteLength(body)) };
    const onward = forward({ hostname, port, agent, method: request.method, path: request.url, headers });
    onward.end(body);
    const [answer] = (await once(onward, 'response')) as [IncomingMessage];
    const text = await textOf(answer);
    const status = answer.statusCode ?? 0;
    ledger.add(usage, { operation: operationOf(request), request: fields, status, answer: parsed(text) });
    return { status, headers: answer.headers, body: text };
  };

  const server = createServer((request, response) => {
    pass(request).then(
      ({ status, headers, body }) => response.writeHead(status, { ...headers }).end(body),
      (error: Error) => response.destroy(error),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get usage() {
      return usage;
    },
    reset: () => {
      usage = emptyUsage();
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
      agent.destroy();
    },
  };
};
