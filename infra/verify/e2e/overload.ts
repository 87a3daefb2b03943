/**
 * More than the service can take, on the real processes: connections that stall in large bodies,
 * and requests without end.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { request } from '../kit/client.ts';
import type { TestStack } from '../kit/test-stack.ts';
import { until } from '../kit/until.ts';

const BODY_BYTES = 256 * 1_024;

interface Stalled {
  /** The service's memory beyond what it had before, MB. */
  grewMb: number;
  /** Meanwhile, of the same process. */
  live: number;
  small: number;
}

const rssMb = (pid: number): number => {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1_024;
};

const stall = async (port: number): Promise<Socket> => {
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  await once(socket, 'connect');
  const head = `POST /api/v1/events/ HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${BODY_BYTES}\r\n\r\n`;
  socket.write(head);
  socket.write(Buffer.alloc(BODY_BYTES - 1, 'x'));
  return socket;
};

/**
 * Opens `count` connections, each of which sends all of a large body but its last byte; looks at
 * the service, then ends them.
 */
export const stallConnections = async (stack: TestStack, count: number): Promise<Stalled> => {
  const { apiUrl } = stack.processes;
  const { service } = stack.processes.pids();
  const before = rssMb(service);
  const sockets: Socket[] = [];
  let highest = before;
  for (let n = 0; n < count; n += 1) {
    sockets.push(await stall(Number(new URL(apiUrl).port)));
    if (n % 100 === 0) highest = Math.max(highest, rssMb(service));
  }
  const live = await request(`${apiUrl}/health/live`, 'GET');
  const small = await stack.api('POST', '/api/v1/events/', { type: 'user.signup', payload: {} });
  highest = Math.max(highest, rssMb(service));
  for (const socket of sockets) socket.destroy();
  return { grewMb: highest - before, live: live.status, small: small.status };
};

interface Rush {
  accepted: number;
  refused: number;
  /** In words: neither accepted nor refused as promised, or accepted and not delivered once. */
  broken: string[];
}

/** `count` requests at the same moment, each once; awaits the delivery of those that were accepted. */
export const rush = async (stack: TestStack, count: number): Promise<Rush> => {
  const path = `/overload/${crypto.randomUUID()}`;
  const input = {
    notification_type: 'user.signup',
    entity_id: 'rush',
    send_at: await stack.at(0),
    webhook_url: stack.receiver.url(path),
  };
  const broken: string[] = [];
  const post = async (): Promise<string | undefined> => {
    const answer = await stack.api<{ id: string }>('POST', '/api/v1/notifications/', input);
    if (answer.status === 201) return answer.body.id;
    const isPromised = answer.status === 503 && Number(answer.headers.get('retry-after')) >= 1;
    if (!isPromised) broken.push(`${answer.status} ${answer.text}`);
    return undefined;
  };
  const answers = await Promise.all(Array.from({ length: count }, post));
  const ids = answers.filter((id) => id !== undefined);
  const arrived = () => new Set(stack.receiver.received(path).map(({ id }) => id));
  await until('all that was accepted has arrived', () => arrived().size >= ids.length, { deadlineMs: 60_000 });
  const all = arrived();
  broken.push(...ids.filter((id) => !all.has(id)).map((id) => `${id} did not arrive`));
  if (stack.receiver.received(path).length > ids.length) broken.push('something arrived twice');
  return { accepted: ids.length, refused: count - ids.length - broken.length, broken };
};
