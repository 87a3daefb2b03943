/**
 * The service as a check sees it: every exchange held against the service's own document, every
 * record tagged and canceled after.
 */

import { type Answer, type CallOptions, headerRecord } from '../kit/client.ts';
import { excerpt } from '../kit/excerpt.ts';
import type { LocalAws } from '../kit/local-aws.ts';
import type { Receiver } from '../kit/receiver.ts';
import type { Signed } from '../kit/signature.ts';
import { type UntilOptions, until } from '../kit/until.ts';
import { expectStatus } from './expect.ts';
import { Skipped } from './outcome.ts';
import {
  type BatchResults,
  ENDPOINTS,
  EVENTS,
  type Event,
  KEYS,
  NOTIFICATIONS,
  type Notification,
  SCHEDULES,
  type Status,
} from './shapes.ts';
import type { Opened } from './target.ts';

export interface Service {
  /** Of this check alone: an entity, a source, a path at the receiver. */
  tag: string;
  /** A notification type of this check alone, so that a redrive touches nothing else. */
  type: string;
  api<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    options?: CallOptions,
  ): Promise<Answer<T>>;
  /** POST /notifications/, 201; tagged, and 30 days ahead by e-mail by default. */
  create(input?: Record<string, unknown>): Promise<Notification>;
  publish(input: Record<string, unknown>): Promise<Event>;
  read(id: string): Promise<Notification>;
  untilIs(
    id: string,
    wanted: Status | ((n: Notification) => boolean),
    options?: { deadlineMs?: number },
  ): Promise<Notification>;
  untilProcessed(id: string): Promise<Event>;
  /** Asks until the answer is something; by default as often as the rate limit allows. */
  until: typeof until;
  /** The service's clock, epoch ms. */
  now(): number;
  /** RFC 3339, this many ms from now by the service's clock. */
  at(fromNowMs: number): string;
  /** How far `now` may be off, ms. */
  uncertaintyMs(): number;
  /** How many near deliveries the lateness is taken from. */
  deliveries: number;
  receiver: Receiver;
  /** Whether each of the given secrets verifies it. */
  verified(received: Signed): boolean[];
  hasSecret: boolean;
  localAws: LocalAws;
  /** Moves the virtual clock to a time; one that is past stays past. */
  advanceTo(time: string): Promise<void>;
  /** A notification that an event caused: it is canceled after the run like the others. */
  adopt(ids: readonly string[]): void;
  note(text: string): void;
  skip(reason: string): never;
}

export const DAY_MS = 86_400_000;
/** How often a record is looked at: rarely enough for the limit of a key, where there is one. */
const EVERY_MS = { open: 50, limited: 250 };
const PATIENCE_MS = 30_000;

const absent = (what: string): never => {
  throw new Error(`the check uses ${what} without saying that it needs it`);
};

const withSlash = (path: string): string => path.replace(/\/?$/, '/');

const rememberOpened = (opened: Opened, method: string, path: string, answer: Answer<unknown>): void => {
  if (method !== 'POST') return;
  const { id, results } = (answer.body ?? {}) as { id?: string } & Partial<BatchResults>;
  const isCreate = [NOTIFICATIONS, ENDPOINTS, SCHEDULES, KEYS].includes(withSlash(path));
  if (isCreate && answer.status === 201 && id) opened.open.add(id);
  if (path === `${NOTIFICATIONS}batch`) for (const made of results ?? []) if (made.id) opened.open.add(made.id);
};

/** @param number of the check within this run */
export const openCheckRun = (opened: Opened, number: number): CheckRun => {
  const { client, judge, clock } = opened;
  const tag = `cf-${opened.run}-${number}`;
  const everyMs = opened.options.key === undefined ? EVERY_MS.open : EVERY_MS.limited;
  const differences = new Set<string>();
  let noted: string | undefined;

  const api: Service['api'] = async (method, path, body, options = {}) => {
    const answer = await client.call<never>(method, path, body, options);
    rememberOpened(opened, method, path, answer);
    const unlike = judge({ method, path, sent: body, headers: headerRecord(options.headers), answer });
    if (unlike.length > 0) {
      const said = `${method} ${path} ${answer.status} is not as /openapi.json says: ${unlike.join('; ')}`;
      differences.add(`${said}; the answer was: ${excerpt(answer.text)}`);
    }
    return answer;
  };
  const read: Service['read'] = async (id) => {
    const answer = await api<Notification>('GET', `${NOTIFICATIONS}${id}`);
    expectStatus(answer, 200, `GET ${id}`);
    return answer.body;
  };
  const untilSpaced = <T>(
    what: string,
    probe: Parameters<typeof until<T>>[1],
    options: UntilOptions = {},
  ): Promise<T> => until(what, probe, { deadlineMs: PATIENCE_MS, everyMs, ...options });
  const service: Service = {
    tag,
    until: untilSpaced,
    type: `conformance.${opened.run}.n${number}`,
    api,
    read,
    create: async (input = {}) => {
      const timing = 'target_date' in input || 'send_at' in input ? {} : { send_at: service.at(30 * DAY_MS) };
      const isReachable = 'email' in input || 'phone' in input || 'webhook_url' in input;
      const to = isReachable ? {} : { email: 'user@example.com' };
      const text = { body: 'A check of conformance.' };
      const body = { notification_type: service.type, entity_id: tag, ...timing, ...to, ...text, ...input };
      const answer = await api<Notification>('POST', NOTIFICATIONS, body);
      expectStatus(answer, 201, 'POST /notifications/');
      return answer.body;
    },
    publish: async (input) => {
      const answer = await api<Event>('POST', EVENTS, { source: tag, ...input });
      expectStatus(answer, 201, 'POST /events/');
      return answer.body;
    },
    untilIs: async (id, wanted, options) => {
      let last: Notification | undefined;
      const fits = typeof wanted === 'string' ? (n: Notification) => n.status === wanted : wanted;
      const probe = async () => {
        last = await read(id);
        return fits(last) && last;
      };
      const what = typeof wanted === 'string' ? wanted : 'as wanted';
      return untilSpaced(`${id} is ${what}`, probe, options).catch((error: Error) => {
        throw new Error(`${error.message}; it is ${JSON.stringify(last)}`, { cause: error });
      });
    },
    untilProcessed: (id) => {
      const probe = async () => {
        const { body } = await api<Event>('GET', `${EVENTS}${id}`);
        return body?.status !== 'ACCEPTED' && body;
      };
      return untilSpaced(`${id} is processed`, probe);
    },
    now: () => Date.now() + clock.offsetMs,
    at: (fromNowMs) => new Date(service.now() + fromNowMs).toISOString(),
    uncertaintyMs: () => clock.uncertaintyMs,
    deliveries: opened.options.deliveries,
    hasSecret: opened.options.webhookSecrets.length > 0,
    get receiver() {
      return opened.receiver ?? absent('the receiver');
    },
    get localAws() {
      return opened.localAws ?? absent('the local stack');
    },
    verified: opened.verified,
    advanceTo: async (time) => {
      const byMs = Date.parse(time) - (await service.localAws.now());
      if (byMs > 0) await service.localAws.advance(`PT${Math.ceil(byMs) / 1_000}S`);
      clock.offsetMs = (await service.localAws.now()) - Date.now();
    },
    adopt: (ids) => {
      for (const id of ids) opened.open.add(id);
    },
    note: (text) => {
      noted = noted === undefined ? text : `${noted}\n${text}`;
    },
    skip: (reason) => {
      throw new Skipped(reason);
    },
  };
  return {
    service,
    differences: () => [...differences],
    note: () => noted,
  };
};

/** The service as one check sees it, and what it reports afterwards. */
export interface CheckRun {
  service: Service;
  /** Exchanges that are not as the service's own document says. */
  differences(): string[];
  note(): string | undefined;
}
