import { randomUUID } from 'node:crypto';
import type { Client } from '../client.ts';
import type { Show } from './show.ts';
import { arrival, expectStatus, type Notification, watch } from './watch.ts';

/** Each returns whether it went as it should. */
type Chapter = (client: Client, show: Show) => Promise<boolean>;

const AHEAD_MS = 3_000;
const DAY_MS = 86_400_000;
const NOTIFICATIONS = '/api/v1/notifications/';

const inMs = async (client: Client, ms: number): Promise<string> => new Date((await client.now()) + ms).toISOString();

const create = async (client: Client, show: Show, input: Record<string, unknown>): Promise<Notification> => {
  const body = { notification_type: 'user.signup', entity_id: 'user-123', ...input };
  const made = expectStatus(201, await client.call<Notification>('POST', NOTIFICATIONS, body));
  show.step(`POST ${NOTIFICATIONS}  201`, `${made.id}, due ${made.send_at}`);
  return made;
};

const event: Chapter = async (client, show) => {
  show.title('An event: its rule sends a welcome at once');
  const email = `ann.${randomUUID().slice(0, 8)}@example.com`;
  const payload = { user_id: 123, email, subject: 'Welcome, Ann', body: 'Sent because user.signup was published.' };
  const answer = await client.call<{ id: string }>('POST', '/api/v1/events/', { type: 'user.signup', payload });
  show.step('POST /api/v1/events/  201', expectStatus(201, answer).id);
  const mail = await arrival(client, email);
  show.step('in the inbox', `"${mail.subject}" to ${mail.to}`);
  return true;
};

const channels: Chapter = async (client, show) => {
  show.title('A notification: due in three seconds, on three channels');
  const { id } = await create(client, show, {
    send_at: await inMs(client, AHEAD_MS),
    email: 'demo@example.com',
    phone: '+4915112345678',
    webhook_url: `${client.urls.aws}/_local/inbox/webhook/demo`,
    subject: 'Three channels',
    body: 'Sent by npm run demo, on all three channels.',
  });
  const ended = await watch(client, show, id);
  for (const { channel, outcome, lateness_ms } of ended.attempts)
    show.step(`${channel.padEnd(9)}${outcome}`, `first attempt ${lateness_ms} ms after it was due`);
  return ended.status === 'SENT' && (await cancelTooLate(client, show, id));
};

const cancelTooLate = async (client: Client, show: Show, id: string): Promise<boolean> => {
  const { status, body } = await client.call<{ code: string }>('DELETE', `${NOTIFICATIONS}${id}`);
  show.step(`DELETE ${NOTIFICATIONS}${id}  ${status}`, `${body.code}: too late, and it says so`);
  return status === 409;
};

const cancel: Chapter = async (client, show) => {
  show.title('A cancel with a definite answer: 200 means that it never was sent and never will be');
  const made = await create(client, show, { send_at: await inMs(client, DAY_MS), email: 'never@example.com' });
  const { status, body } = await client.call<Notification>('DELETE', `${NOTIFICATIONS}${made.id}`);
  show.step(`DELETE ${NOTIFICATIONS}${made.id}  ${status}`, body.status);
  return status === 200;
};

const reminder: Chapter = async (client, show) => {
  show.title('A reminder a week ahead, reached by the virtual clock');
  const { id } = await create(client, show, {
    send_at: await inMs(client, 7 * DAY_MS),
    email: 'week@example.com',
    subject: 'A week has passed',
    body: 'Your subscription is renewed tomorrow.',
  });
  await watch(client, show, id, ['SCHEDULED']);
  const now = await client.advance('P7D');
  show.step('POST /_local/clock {"advance":"P7D"}', `it is ${new Date(now).toISOString()}, and stays a week ahead`);
  const ended = await watch(client, show, id);
  const [received] = await client.inbox(id);
  show.step('in the inbox', `at ${received?.received_at}, due ${ended.send_at}`);
  return ended.status === 'SENT' && received !== undefined;
};

export const chapters: Chapter[] = [event, channels, cancel, reminder];
