import { setTimeout as sleep } from 'node:timers/promises';
import { CannotUse, type Client } from '../client.ts';
import type { Show } from './show.ts';

/** The parts of a notification that the demo shows. */
export interface Notification {
  id: string;
  status: string;
  send_at: string;
  attempts: { channel: string; outcome: string; lateness_ms: number }[];
}

const PATIENCE_MS = 60_000;
const PAUSE_MS = 20;
const ENDED = ['SENT', 'FAILED', 'CANCELED'];

/** The body of an answer with the status that the demo needs to go on. */
export const expectStatus = <T>(wanted: number, { status, body }: { status: number; body: T }): T => {
  if (status !== wanted) throw new CannotUse(`The API answered ${status}, not ${wanted}: ${JSON.stringify(body)}`);
  return body;
};

const poll = async <T>(what: string, probe: () => Promise<T | undefined>): Promise<T> => {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    const found = await probe();
    if (found !== undefined) return found;
    await sleep(PAUSE_MS);
  }
  throw new CannotUse(`After ${PATIENCE_MS / 1_000} s ${what}`);
};

/** Shows every status that it goes through, until it has one of `until` or has ended. */
export const watch = (client: Client, show: Show, id: string, until: string[] = ENDED): Promise<Notification> => {
  let status = '';
  return poll(`${id} is not ${until.join(' or ')}`, async () => {
    const seen = expectStatus(200, await client.call<Notification>('GET', `/api/v1/notifications/${id}`));
    if (seen.status !== status) show.step(seen.status);
    status = seen.status;
    return [...until, ...ENDED].includes(status) ? seen : undefined;
  });
};

/** Until the inbox has what this recipient was sent; the local AWS notes it before the API does. */
export const arrival = (client: Client, recipient: string) =>
  poll(`nothing has arrived for ${recipient}`, async () => {
    const entries = await client.inbox();
    return entries.find(({ to }) => to === recipient);
  });
