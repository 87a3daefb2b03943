/** `npm run demo`: the main job, in the terminal, against the running stack. */
import { setTimeout as sleep } from 'node:timers/promises';
import { bold, callsFor, type Notification, type Step, soft, timeline } from './demo/show.ts';

const api = `http://127.0.0.1:${process.env.PORT || 3000}`;
const aws = `http://127.0.0.1:${process.env.LOCAL_AWS_PORT || 4566}`;
const aheadMs = 3_000;
const patienceMs = 30_000;
const closed = ['SENT', 'FAILED', 'CANCELED'];

const call = callsFor(api, aws);

const isUp = async (): Promise<boolean> => {
  try {
    return (await call.raw(`${api}/health/live`)).ok && (await call.raw(`${aws}/_local/clock`)).ok;
  } catch {
    return false;
  }
};

const publish = async (): Promise<Step> => {
  const payload = { user_id: 123, info: 'Signed up in the demo' };
  const event = await call.post<{ id: string; status: string }>('/api/v1/events/', { type: 'user.signup', payload });
  return { at: Date.now(), what: `event ${event.id} published`, detail: event.status };
};

const schedule = async (now: number): Promise<Notification> =>
  call.post<Notification>('/api/v1/notifications/', {
    notification_type: 'user.signup',
    entity_id: 'user-123',
    send_at: new Date(now + aheadMs).toISOString(),
    email: 'demo@example.com',
    phone: '+4915112345678',
    webhook_url: `${aws}/_local/inbox/webhook/demo`,
    subject: 'Welcome aboard',
    body: 'Sent by npm run demo, on all three channels.',
  });

/** Every status that it goes through, as it is seen from outside. */
const watch = async (id: string, onChange: (step: Step) => void): Promise<Notification> => {
  const deadline = Date.now() + patienceMs;
  let status = '';
  while (Date.now() < deadline) {
    const notification = await call.get<Notification>(`/api/v1/notifications/${id}`);
    if (notification.status !== status) onChange({ at: Date.now(), what: notification.status, detail: '' });
    status = notification.status;
    if (closed.includes(status)) return notification;
    await sleep(20);
  }
  throw new Error(`The notification is still ${status} after ${patienceMs / 1_000} s`);
};

const demo = async (): Promise<number> => {
  if (!(await isUp())) {
    process.stderr.write(`No stack answers at ${api} and ${aws}.\nStart one with "npm start" in another terminal.\n`);
    return 1;
  }
  const startedAt = Date.now();
  const show = timeline(startedAt);
  show(await publish());
  const { now } = await call.clock();
  const notification = await schedule(Date.parse(now));
  show({ at: Date.now(), what: `notification ${notification.id} accepted`, detail: `due ${notification.send_at}` });
  const ended = await watch(notification.id, show);
  const received = await call.inbox(notification.id);
  process.stdout.write(
    `\n  ${bold('channel'.padEnd(10))}${bold('attempt'.padEnd(10))}${bold('lateness'.padEnd(12))}${bold('in the inbox')}\n`,
  );
  for (const attempt of ended.attempts) {
    const arrived = received.find(({ channel }) => channel === attempt.channel);
    const seen = arrived ? `${arrived.lateness_ms} ms after it was due` : soft('not there');
    process.stdout.write(
      `  ${attempt.channel.padEnd(10)}${attempt.outcome.padEnd(10)}${`${attempt.lateness_ms} ms`.padEnd(12)}${seen}\n`,
    );
  }
  process.stdout.write(`\n  The inbox as a page: ${aws.replace('127.0.0.1', 'localhost')}/_local/inbox\n\n`);
  return ended.status === 'SENT' ? 0 : 1;
};

process.exitCode = await demo().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  return 1;
});
