/**
 * What a day brings, in two minutes: deliveries on every channel, failures, a receiver that is
 * gone, an outage, cancels, events.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Stack } from '../../localstack/testing/stack.ts';
import { type Client, makeClient } from '../verify/kit/client.ts';
import { startReceiver } from '../verify/kit/receiver.ts';
import { until } from '../verify/kit/until.ts';

const NOTIFICATIONS = '/api/v1/notifications/';
const EVENTS = '/api/v1/events/';
const ROUND_MS = 500;

interface Site {
  client: Client;
  stack: Stack;
  hook(path: string): string;
}

/** Creates and answers with its id; throws on anything but 201. */
const created = async ({ client }: Site, path: string, body: unknown): Promise<string> => {
  const answer = await client.call<{ id: string }>('POST', path, body);
  if (answer.status !== 201) throw new Error(`POST ${path}: ${answer.status} ${answer.text}`);
  return answer.body.id;
};

const clockNow = async ({ stack }: Site): Promise<number> =>
  Date.parse(((await (await fetch(`${stack.awsUrl}/_local/clock`)).json()) as { now: string }).now);

const notify = async (site: Site, recipient: Record<string, string>, fromNowMs = 0): Promise<string> => {
  const send_at = new Date((await clockNow(site)) + fromNowMs).toISOString();
  return created(site, NOTIFICATIONS, {
    notification_type: 'user.signup',
    entity_id: 'user-1',
    send_at,
    ...recipient,
  });
};

const fault = async ({ stack }: Site, body: Record<string, string>): Promise<void> => {
  const answer = await fetch(`${stack.awsUrl}/_local/faults`, { method: 'POST', body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`The fault was not set: ${await answer.text()}`);
};

const everyday = async (site: Site, round: number): Promise<void> => {
  const soon = 500 + (round % 5) * 400;
  await notify(site, { email: 'user@example.com', webhook_url: site.hook('/ok') }, soon);
  if (round % 2 === 0) await notify(site, { phone: '+919999912345' }, soon);
  if (round % 3 === 0) {
    const payload = { user_id: round, email: 'user@example.com' };
    await created(site, EVENTS, { type: 'user.signup', payload });
  }
  if (round % 4 === 0) {
    await created(site, EVENTS, { type: 'invoice.made', payload: { invoice: round } });
    await site.client.call('GET', `${NOTIFICATIONS}?limit=10`);
    await site.client.call('GET', `${NOTIFICATIONS}ntf_00000000000000000000000000`);
  }
  if (round % 5 === 0) await notify(site, { email: 'user@example.com' }, 40 * 60_000);
};

const cancelOne = async (site: Site): Promise<void> => {
  // Near, so that its message is in flight and fires for nothing.
  const id = await notify(site, { email: 'user@example.com' }, 5_000);
  const answer = await site.client.call('DELETE', `${NOTIFICATIONS}${id}`);
  if (answer.status !== 200) throw new Error(`DELETE: ${answer.status} ${answer.text}`);
};

const rejectedEvent = (site: Site): Promise<string> =>
  created(site, EVENTS, { type: 'user.signup', payload: { user_id: 1, email: 'no address at all' } });

const endpoint = (site: Site, path: string, settings: object = {}): Promise<string> =>
  created(site, '/api/v1/endpoints/', { url: site.hook(path), ...settings });

const outage = async (site: Site): Promise<void> => {
  await fault(site, { service: 'sqs', mode: 'error' });
  for (let index = 0; index < 3; index += 1) await notify(site, { email: 'user@example.com' }, 1_000);
  await created(site, EVENTS, { type: 'user.signup', payload: { user_id: 7, email: 'user@example.com' } });
  await fault(site, { service: 'sqs', mode: 'off' });
};

/** What happens besides, by the share of the time that has gone by. */
const incidents: [number, string, (site: Site, endpoints: { gone: string; limited: string }) => Promise<unknown>][] = [
  [0.1, 'an event that names a wrong address', rejectedEvent],
  [0.15, 'cancels', (site) => Promise.all(Array.from({ length: 4 }, () => cancelOne(site)))],
  [0.25, 'a receiver that answers 500', (site) => bulk(site, 12, { webhook_url: site.hook('/down') })],
  [0.35, 'a receiver that is gone', (site, { gone }) => bulk(site, 3, { endpoint_id: gone })],
  [0.45, 'more than a receiver takes', (site, { limited }) => bulk(site, 20, { endpoint_id: limited })],
  [0.5, 'an outage of the queues', outage],
  [0.6, 'an event that names a wrong address', rejectedEvent],
  [0.7, 'three quarters of an hour go by', ({ stack }) => stack.advance('PT45M')],
  [0.8, 'cancels', (site) => Promise.all(Array.from({ length: 2 }, () => cancelOne(site)))],
];

const bulk = (site: Site, count: number, recipient: Record<string, string>): Promise<unknown> =>
  Promise.all(Array.from({ length: count }, () => notify(site, recipient)));

/** What a pass of the reconciler finds after the outage; and the schedule of its passes must have fired. */
const untilNothingIsOpen = (site: Site): Promise<unknown> =>
  until(
    'nothing is open any more',
    async () => {
      const { body } = await site.client.call<{ status: string; id: string }[]>(
        'GET',
        `${NOTIFICATIONS}?status=PENDING&limit=100`,
      );
      return body.length === 0;
    },
    { deadlineMs: 30_000, everyMs: 500 },
  );

/** Resolves when it is over, after about `durationMs`. */
export const makeTraffic = async (stack: Stack, durationMs: number, say: (text: string) => void): Promise<void> => {
  const receiver = await startReceiver();
  receiver.behave('/down', 500);
  receiver.behave('/gone', 410);
  const client = makeClient({ url: stack.apiUrl }, { timeoutMs: 10_000 });
  const site: Site = { client, stack, hook: (path) => receiver.url(path) };
  try {
    const endpoints = {
      gone: await endpoint(site, '/gone'),
      limited: await endpoint(site, '/limited', { rate_limit: 5 }),
    };
    const startedAt = performance.now();
    const waiting = [...incidents];
    for (let round = 0; performance.now() - startedAt < durationMs; round += 1) {
      const next = startedAt + (round + 1) * ROUND_MS;
      await everyday(site, round);
      const [at, what, happens] = waiting[0] ?? [1];
      if (what !== undefined && happens && performance.now() - startedAt >= at * durationMs) {
        waiting.shift();
        say(what);
        await happens(site, endpoints);
      }
      await sleep(Math.max(0, next - performance.now()));
    }
    await untilNothingIsOpen(site);
  } finally {
    client.close();
    await receiver.close();
  }
};
