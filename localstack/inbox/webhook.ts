import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, invalid, json } from '../http/answer.ts';
import type { Header, Inbox } from './store.ts';

const DELAY_MAX = 120_000;

interface Envelope {
  type?: string;
  data?: { notification_id?: string; send_at?: string; subject?: string; body?: string };
}

const parse = (text: string): Envelope => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    // A body that is not JSON is shown as it is.
    return {};
  }
};

const headersOf = ({ rawHeaders }: IncomingMessage): Header[] =>
  rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? ''] as Header] : []));

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/**
 * Stores a webhook to any path under `/_local/inbox/webhook`, and answers. `?status=` and
 * `?delay_ms=` set the status and the delay of the answer, to simulate a receiver that fails.
 */
export const receiveWebhook = async (
  request: IncomingMessage,
  url: URL,
  body: string,
  inbox: Inbox,
): Promise<Answer> => {
  const status = Number(url.searchParams.get('status') ?? 200);
  const delayMs = Number(url.searchParams.get('delay_ms') ?? 0);
  if (!(Number.isInteger(status) && status >= 200 && status <= 599))
    return invalid('/status', 'must be between 200 and 599');
  if (!(delayMs >= 0 && delayMs <= DELAY_MAX)) return invalid('/delay_ms', `must be between 0 and ${DELAY_MAX}`);
  const { type, data = {} } = parse(body);
  inbox.add({
    channel: 'webhook',
    to: `http://${request.headers.host}${url.pathname}${url.search}`,
    subject: text(data.subject) ?? text(type),
    body,
    headers: headersOf(request),
    notificationId: text(data.notification_id) ?? text(request.headers['webhook-id']),
    due: text(data.send_at),
  });
  if (delayMs > 0) await sleep(delayMs, undefined, { ref: false });
  return status === 204 || status === 304
    ? { status, headers: {}, body: '' }
    : json(status, { received: status < 300 });
};
