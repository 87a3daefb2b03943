/**
 * Everything that can happen to a person's data in one stack, with words in it that nothing else
 * would write.
 */
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { SMTPServer } from 'smtp-server';
import { clientsFor } from '../../../localstack/testing/temporary-directory.ts';
import { request } from '../kit/client.ts';
import type { Behaviour } from '../kit/receiver.ts';
import type { TestStack } from '../kit/test-stack.ts';
import { until } from '../kit/until.ts';

/**
 * Part of every personal text; of entity ids, which the table may show and logs may not; and of
 * every number.
 */
export const MARK = 'zqperson';
export const ENTITY_MARK = 'zqentity';
const NUMBER = '5177889900';
export const ANY_MARK = new RegExp(`${MARK}|${ENTITY_MARK}|${NUMBER}`, 'i');
export const PERSON = `Ada.${MARK}@example.com`;
export const PHONE = `+491${NUMBER}`;

/** A mail server that refuses some recipients as real ones do: by repeating their addresses. */
export const startRefusingSmtp = async () => {
  const taken: string[] = [];
  const refuse = (responseCode: number, text: string) => Object.assign(new Error(text), { responseCode });
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo: ({ address }, _session, callback) => {
      if (address.startsWith('unknown')) return callback(refuse(550, `5.1.1 <${address}>: no such user here`));
      if (address.startsWith('later')) return callback(refuse(451, `4.7.1 <${address}>: try again`));
      return callback();
    },
    onData: (stream, { envelope }, callback) => {
      const { address } = envelope.rcptTo[0] ?? { address: '' };
      stream.resume().on('end', () => {
        if (address.startsWith('spam')) return callback(refuse(554, `5.7.1 mail for ${address} looks like spam`));
        taken.push(address);
        return callback();
      });
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  return {
    url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    taken,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
};

const person = {
  subject: `Dear ${MARK}`,
  body: `${MARK} owes {{amount}}`,
  data: { amount: `${MARK} 7`, nested: { name: MARK } },
};

const createAll = async (stack: TestStack): Promise<string[]> => {
  const { create, receiver } = stack;
  const hook = (path: string) => receiver.url(`/${MARK}-${path}?token=${MARK}`);
  let asked = 0;
  const mute = (): Behaviour => {
    asked += 1;
    return asked === 1 ? 'hang' : 200;
  };
  const rules = { down: 500, gone: 410, cut: 'drop', mute } as const;
  for (const [path, rule] of Object.entries(rules)) receiver.behave(`/${MARK}-${path}?token=${MARK}`, rule);
  const recipients: Record<string, string>[] = [
    { email: PERSON, phone: PHONE, webhook_url: hook('ok') },
    ...['unknown', 'later', 'spam'].map((name) => ({ email: `${name}.${MARK}@example.com` })),
    ...['down', 'gone', 'cut', 'mute'].map((path) => ({ webhook_url: hook(path) })),
    { webhook_url: `http://127.0.0.1:9/${MARK}` },
    { webhook_url: `http://${MARK}.invalid/${MARK}` },
  ];
  const made = recipients.map((to, n) =>
    create({ ...person, ...to, entity_id: `${ENTITY_MARK}-${n}`, group: ENTITY_MARK }),
  );
  return (await Promise.all(made)).map(({ id }) => id);
};

const publishAll = async ({ api, receiver }: TestStack): Promise<void> => {
  const events: unknown[] = [
    {
      type: 'user.signup',
      id: `${MARK}-1`,
      subject: MARK,
      payload: { email: PERSON, user_id: `${ENTITY_MARK}-e`, ...person },
    },
    { type: 'user.signup', payload: { email: `${MARK} is no address`, [MARK]: MARK } },
    { type: 'custom', payload: { webhook_url: `${MARK}://nowhere`, phone: `${MARK}`, target_date: MARK } },
    {
      type: 'custom',
      payload: { webhook_url: receiver.url(`/${MARK}-event`), entity_id: `${ENTITY_MARK}-h`, body: MARK },
    },
    { type: 'plain.signal', payload: { [MARK]: [{ email: PERSON }] } },
  ];
  await Promise.all(events.map((event) => api('POST', '/api/v1/events/', event)));
  const cloud = {
    specversion: '1.0',
    type: 'custom',
    source: 'shop',
    id: `${MARK}-2`,
    person: MARK,
    data: { email: PERSON, body: MARK },
  };
  const as = (type: string) => ({ 'content-type': `application/cloudevents${type}+json` });
  await api('POST', '/api/v1/events/', cloud, as(''));
  await api('POST', '/api/v1/events/', [cloud, { ...cloud, id: undefined }], as('-batch'));
  await api('POST', '/api/v1/events/', { ...cloud, data: { email: `other.${MARK}@example.com`, body: MARK } }, as(''));
};

/** Requests that are refused in every way there is. */
const misuse = async ({ api, at }: TestStack): Promise<void> => {
  const key = { 'idempotency-key': MARK };
  const good = {
    notification_type: 'user.signup',
    entity_id: ENTITY_MARK,
    email: PERSON,
    send_at: await at(86_400_000),
  };
  const path = '/api/v1/notifications/';
  await api('POST', path, good, key);
  const requests: [string, string, unknown?, Record<string, string>?][] = [
    ['POST', path, { ...good, body: MARK }, key],
    ['POST', path, `{"email": "${PERSON}" ${MARK}`],
    ['POST', path, { ...good, email: MARK, phone: MARK, webhook_url: `ftp://${MARK}`, timezone: MARK, send_at: MARK }],
    ['POST', path, { ...good, [MARK]: MARK }],
    ['POST', `${path}batch`, { items: [{ ...good, body: MARK }, { ...good, [MARK]: MARK }, MARK] }],
    ['POST', path, { ...good, data: { [MARK]: '\ud800' } }],
    ['POST', path, `{"__proto__": {"${MARK}": 1}}`],
    ['POST', path, MARK.repeat(60_000)],
    ['POST', path, MARK, { 'content-type': `text/${MARK}` }],
    ['GET', `${path}?${MARK}=${MARK}`],
    ['GET', `${path}?entity_id=${ENTITY_MARK}&cursor=${MARK}`],
    ['GET', `${path}?group=${ENTITY_MARK}&status=${MARK}`],
    ['GET', `${path}${MARK}`],
    ['GET', `/api/v1/${MARK}/${encodeURIComponent(PERSON)}`],
    ['PATCH', `${path}${MARK}`, { send_at: MARK }],
    [
      'POST',
      '/api/v1/schedules/',
      { cron: '0 9 * * *', notification: { ...person, ...good, send_at: undefined } },
      key,
    ],
    [
      'POST',
      '/api/v1/schedules/',
      { cron: MARK, timezone: MARK, notification: { ...good, email: MARK, [MARK]: MARK } },
    ],
    ['POST', '/api/v1/erasure', { email: MARK }],
    ['POST', '/api/v1/erasure', { phone: MARK }],
    ['GET', `/api/v1/erasure/${MARK}`],
    ['GET', `/api/v1/dead-letters/?kind=${MARK}`],
    ['PUT', `/${MARK}`, MARK],
  ];
  for (const [method, url, body, headers] of requests) await api(method, url, body, headers);
};

/** What no handler can read: straight into a queue of ours, and where queues put what they gave up. */
const poison = async ({ processes }: TestStack): Promise<void> => {
  const { sqs, config } = clientsFor(processes.awsUrl);
  const send = async (queue: string, MessageBody: string): Promise<void> => {
    const QueueUrl = `${config.endpoint}/000000000000/event-notification-service-local-${queue}`;
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  };
  const bodies = [
    `garbage about ${PERSON}`,
    JSON.stringify({ kind: 'deliver', id: MARK }),
    JSON.stringify({ [MARK]: 1 }),
    `{"${MARK}":{"__proto__":1}}`,
  ];
  for (const queue of ['delivery', 'events', 'dead-letters']) for (const body of bodies) await send(queue, body);
  sqs.destroy();
};

export type Faults = Record<string, 'error' | 'throttle' | 'drop'>;

/** Each dependency fails while people's data passes by it. */
const outages = async (stack: TestStack, faults: Faults): Promise<string[]> => {
  const { api, at, fault, receiver } = stack;
  const ids: string[] = [];
  const far = await at(30 * 86_400_000);
  for (const [service, mode] of Object.entries(faults)) {
    await fault({ service, mode });
    const to = { email: PERSON, phone: PHONE, webhook_url: receiver.url(`/${MARK}-outage`) };
    const answers = await Promise.all(
      [{}, { send_at: far }].map((timing) =>
        api('POST', '/api/v1/notifications/', {
          notification_type: 'user.signup',
          entity_id: `${ENTITY_MARK}-${service}`,
          send_at: new Date().toISOString(),
          ...person,
          ...to,
          ...timing,
        }),
      ),
    );
    await api('POST', '/api/v1/events/', { type: 'custom', payload: { email: PERSON, ...person } });
    await api('GET', `/api/v1/notifications/?entity_id=${ENTITY_MARK}`);
    await fault({ service, mode: 'off' });
    ids.push(...answers.slice(0, 1).flatMap(({ status, body }) => (status === 201 ? [String(body.id)] : [])));
  }
  return ids;
};

/** Deliveries to an endpoint that works, and to one that answers 410 and is disabled for it. */
const byEndpoint = async ({ api, create, receiver }: TestStack): Promise<string[]> => {
  const urls = [receiver.url(`/${MARK}-endpoint`), receiver.url(`/${MARK}-gone?token=${MARK}`)];
  const made = urls.map(async (url) => {
    const endpoint = { url, description: MARK, headers: { 'x-team': MARK } };
    const { body } = await api('POST', '/api/v1/endpoints/', endpoint);
    return (await create({ ...person, entity_id: ENTITY_MARK, endpoint_id: body.id })).id;
  });
  return Promise.all(made);
};

/** What an outage left to the reconciler is due minutes later: so the clock goes on meanwhile. */
const untilEnded = (stack: TestStack, ids: string[]): Promise<unknown> =>
  until(
    'everything due has ended',
    async () => {
      await stack.advance('PT1M');
      const all = await Promise.all(ids.map(stack.read));
      return all.every(({ status }) => !['PENDING', 'SENDING', 'RETRYING'].includes(status));
    },
    { deadlineMs: 60_000, everyMs: 500 },
  );

/** All of it. Resolves when every notification that is due has ended. */
export const liveThrough = async (stack: TestStack, faults: Faults): Promise<void> => {
  const ids = await createAll(stack);
  await Promise.all([publishAll(stack), misuse(stack), poison(stack)]);
  ids.push(...(await outages(stack, faults)));
  ids.push(...(await byEndpoint(stack)));
  await untilEnded(stack, ids);
  // A process that dies in the middle of a send, and one that finds what it left.
  stack.receiver.behave(`/${MARK}-in-flight`, 'hang');
  const last = await stack.create({ ...person, webhook_url: stack.receiver.url(`/${MARK}-in-flight`) });
  await until('it is in flight', () => stack.receiver.of(last.id).length > 0);
  // Where keys are wrapped, the next process begins without them.
  await stack.fault({ service: 'kms', mode: 'error', for_ms: 2_000 });
  stack.processes.kill('service', 'SIGKILL');
  await until('the service is back', async () => (await stack.api('GET', '/health/ready')).status === 200);
};

/** What every process of the stack has printed, and what it says of itself. */
export const everythingSaid = async ({ dataDir, processes }: TestStack): Promise<string> => {
  const logs = readdirSync(dataDir).filter((name) => /\.log(\.1)?$/.test(name));
  const metrics = await request(`${processes.apiUrl}/metrics`, 'GET');
  return [processes.output(), ...logs.map((name) => readFileSync(join(dataDir, name), 'utf8')), metrics.text].join(
    '\n',
  );
};
