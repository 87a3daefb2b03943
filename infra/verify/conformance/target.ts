/** The service under check: what it offers, found out once, before the first check. */
import { randomUUID } from 'node:crypto';
import { type Client, makeClient } from '../kit/client.ts';
import { excerpt } from '../kit/excerpt.ts';
import { expectStatus, expectThat } from '../kit/expect.ts';
import { type LocalAws, localAwsAt } from '../kit/local-aws.ts';
import { type Exchange, makeJudge, type OpenApiDocument } from '../kit/openapi-conformance.ts';
import { type Receiver, startReceiver } from '../kit/receiver.ts';
import { type Signed, verifies } from '../kit/signature.ts';
import { NEEDS, type Need } from './needs.ts';
import type { Options } from './options.ts';
import { type RateLimitedClient, withinRateLimit } from './rate-limited-client.ts';
import { ENDPOINTS, EVENTS, KEYS, NOTIFICATIONS, type Notification, SCHEDULES } from './shapes.ts';

type Judge = (exchange: Exchange) => string[];

export interface Opened {
  options: Options;
  /** Of this run; part of everything it creates. */
  run: string;
  client: RateLimitedClient;
  judge: Judge;
  /** The service's clock less ours: it may run apart, or be a virtual one. */
  clock: { offsetMs: number; uncertaintyMs: number };
  version: string;
  receiver?: Receiver;
  localAws?: LocalAws;
  /** By each of the given secrets. */
  verified(received: Signed): boolean[];
  /** Notifications, endpoints and keys that this run created. */
  open: Set<string>;
  missing(check: { needs: readonly Need[] }): string | undefined;
  /**
   * Cancels or stops what is still open, deletes and revokes the rest; resolves with the ids that
   * it could not end.
   */
  cleanUp(): Promise<string[]>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 15_000;
const CLEAN_UP_AT_ONCE = 8;
const CLOCK_SAMPLES = 4;
/** Of a key that the service made; a token of an identity provider begins otherwise. */
const KEY_PREFIX = 'ens_';

const PROMISES: Record<Need, string> = {
  key: '--key is not given: whether requests without a key are refused was not checked',
  'service-key': '--key is no key of the service itself: whether its keys can be made and revoked was not checked',
  receiver: '--receiver-host is not given: whether anything is delivered was not checked',
  secret: '--webhook-secret is not given: whether webhooks are signed was not checked',
  inbox: '--local-aws is not given: e-mail and SMS were not looked for',
  clock: '--local-aws is not given: no time was made to pass',
};
const REAL_TIME =
  '--real-time: the local AWS has an inbox here, but its clock is not followed, no time was made to pass';

/**
 * A document that is none is reported once, by the check of the document itself; then nothing is
 * held against it.
 */
const judgeFrom = async (client: Client): Promise<Judge> => {
  const { body, status } = await client.call<OpenApiDocument | undefined>('GET', '/openapi.json');
  if (status !== 200 || !body?.paths || !body.components?.schemas) return () => [];
  const judge = makeJudge(body);
  return (exchange) => {
    try {
      return judge(exchange);
    } catch (error) {
      return [`its schema cannot be used: ${(error as Error).message}`];
    }
  };
};

/**
 * What is created is stamped between question and answer: each time that leaves a range for the
 * difference, and all ranges together a narrow one.
 */
const clockOf = async (client: Client, run: string): Promise<Opened['clock']> => {
  let [leastMs, mostMs] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let sample = 0; sample < CLOCK_SAMPLES; sample += 1) {
    const askedAt = Date.now();
    const body = { type: 'conformance.started', source: `cf-${run}`, payload: { sample } };
    const answer = await client.call<{ created_at: string }>('POST', EVENTS, body);
    const answeredAt = Date.now();
    expectStatus(answer, 201);
    const createdAt = Date.parse(answer.body?.created_at);
    expectThat(Number.isFinite(createdAt), 'an event without created_at', answer);
    leastMs = Math.max(leastMs, createdAt - answeredAt);
    mostMs = Math.min(mostMs, createdAt + 1 - askedAt);
  }
  return { offsetMs: (leastMs + mostMs) / 2, uncertaintyMs: Math.ceil(Math.abs(mostMs - leastMs) / 2) + 1 };
};

/** Undefined when the service takes this machine for a target; else its own words. */
const refusalOf = async (opened: Opened, receiver: Receiver): Promise<string | undefined> => {
  const answer = await opened.client.call<Notification & { errors?: { pointer: string }[] }>('POST', NOTIFICATIONS, {
    notification_type: `conformance.${opened.run}.probe`,
    entity_id: `cf-${opened.run}`,
    send_at: new Date(Date.now() + opened.clock.offsetMs + 86_400_000).toISOString(),
    webhook_url: receiver.url('/probe'),
  });
  if (answer.status === 400 && answer.body.errors?.some(({ pointer }) => pointer === '/webhook_url')) {
    return `the service does not take ${receiver.url('/')} as a target: ${excerpt(answer.text)}`;
  }
  expectStatus(answer, 201);
  opened.open.add(answer.body.id);
  return undefined;
};

const OVER = [200, 204, 404];
/** What DELETE ends, by the prefix of its id. */
const LISTS: Record<string, string> = { end: ENDPOINTS, sch: SCHEDULES, key: KEYS };

const endOne = async (client: Client, id: string): Promise<boolean> => {
  const listed = LISTS[id.split('_', 1)[0] ?? ''];
  if (listed) return OVER.includes((await client.call('DELETE', `${listed}${id}`)).status);
  const canceled = await client.call<{ notification_status?: string }>('DELETE', `${NOTIFICATIONS}${id}`);
  if (canceled.status !== 409) return canceled.status === 200;
  if (['SENT', 'FAILED'].includes(canceled.body?.notification_status ?? '')) return true;
  return (await client.call('POST', `${NOTIFICATIONS}${id}/stop`)).status === 200;
};

const endAll = async (client: Client, open: ReadonlySet<string>): Promise<string[]> => {
  const [queue, left]: [string[], string[]] = [[...open], []];
  const work = async (): Promise<void> => {
    for (let id = queue.shift(); id; id = queue.shift()) {
      if (!(await endOne(client, id).catch(() => false))) left.push(id);
    }
  };
  await Promise.all(Array.from({ length: CLEAN_UP_AT_ONCE }, work));
  return left;
};

/** Throws, with a sentence, when the service cannot be asked at all, or a flag promises what is not there. */
export const openTarget = async (options: Options): Promise<Opened> => {
  const client = withinRateLimit(
    makeClient(options, {
      timeoutMs: TIMEOUT_MS,
      ...(options.atOnce !== undefined && { socketsMax: options.atOnce }),
    }),
  );
  const run = randomUUID().slice(0, 8);
  const health = await client.call<{ version?: string }>('GET', '/health');
  expectStatus(health, 200);
  const clock = await clockOf(client, run);
  const localAws = options.localAws === undefined ? undefined : localAwsAt(options.localAws);
  await localAws?.now();
  const receiver =
    options.receiverHost === undefined
      ? undefined
      : await startReceiver({ host: options.receiverHost, port: options.receiverPort });
  const reasons: Partial<Record<Need, string>> = { ...(options.realTime && { clock: REAL_TIME }) };
  for (const need of NEEDS) {
    const isOffered = {
      key: options.key,
      'service-key': options.key?.startsWith(KEY_PREFIX) || undefined,
      receiver,
      secret: options.webhookSecrets[0],
      inbox: localAws,
      clock: localAws,
    }[need];
    if (isOffered === undefined) reasons[need] ??= PROMISES[need];
  }
  const open = new Set<string>();
  const opened: Opened = {
    options,
    run,
    client,
    judge: await judgeFrom(client),
    clock,
    version: health.body?.version ?? 'unknown',
    ...(receiver && { receiver }),
    ...(localAws && { localAws }),
    verified: (received) => options.webhookSecrets.map((secret) => verifies(secret, received)),
    open,
    missing: ({ needs }) => needs.map((need) => reasons[need]).find((reason) => reason !== undefined),
    cleanUp: () => endAll(client, open),
    close: async () => {
      client.close();
      await receiver?.close();
    },
  };
  const refusal = receiver && (await refusalOf(opened, receiver));
  if (refusal !== undefined) reasons.receiver = refusal;
  return opened;
};
