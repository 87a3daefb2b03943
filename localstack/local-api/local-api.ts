import type { IncomingMessage } from 'node:http';
import type { Faults } from '../faults.ts';
import { type Answer, invalid, json, problem } from '../http/answer.ts';
import { htmlOfMail, inboxPage } from '../inbox/page.ts';
import type { PendingEntry } from '../inbox/pending.ts';
import type { Inbox, InboxChannel } from '../inbox/store.ts';
import { receiveWebhook } from '../inbox/webhook.ts';
import type { Advance } from './advance.ts';
import { parseAdvance } from './duration.ts';

export interface LocalApiParts {
  clock: { now(): number; real(): number; offset(): number };
  advance: Pick<Advance, 'pass' | 'jump' | 'passingTo'>;
  inbox: Inbox;
  /** Notifications that are still to be sent, the next due first. */
  pending(): Promise<PendingEntry[]>;
  faults: Faults;
  /** The port of the API, for the example in an empty inbox. */
  apiPort: number;
  /** State of the other services, for `/_local/health`. */
  describe(): Record<string, unknown>;
}

const LIMIT_MAX = 1_000;
const SEARCH_MAX = 200;
const channels: readonly string[] = ['email', 'sms', 'webhook'] satisfies InboxChannel[];

type Parsed = { ok: true; value: Record<string, unknown> } | { ok: false; answer: Answer };

const parseBody = (text: string): Parsed => {
  const refuse = (detail: string): Parsed => ({
    ok: false,
    answer: problem(400, 'malformed-json', 'The body is not valid JSON', [{ pointer: '', detail }]),
  });
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse('must be a JSON object');
    return { ok: true, value: value as Record<string, unknown> };
  } catch {
    return refuse('must be a JSON object');
  }
};

const iso = (time: number): string => new Date(time).toISOString();

const pathOf = (url: URL): string => url.pathname.replace(/\/+$/, '');

/** Whether webhooks are posted there, which programs may do under any name of this machine. */
export const isWebhookSink = (url: URL): boolean => /^\/_local\/inbox\/webhook(?:\/|$)/.test(pathOf(url));

const list = (parts: LocalApiParts, request: IncomingMessage, url: URL): Answer => {
  const { inbox } = parts;
  const limit = Number(url.searchParams.get('limit') ?? LIMIT_MAX);
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= LIMIT_MAX))
    return invalid('/limit', `must be 1 to ${LIMIT_MAX}`);
  const channel = url.searchParams.get('channel');
  if (channel !== null && !channels.includes(channel))
    return invalid('/channel', `must be one of ${channels.join(', ')}`);
  const search = url.searchParams.get('search')?.trim() || undefined;
  if (search !== undefined && search.length > SEARCH_MAX)
    return invalid('/search', `must be at most ${SEARCH_MAX} characters`);
  const etag = `"${inbox.revision()}"`;
  if (request.headers['if-none-match'] === etag) return { status: 304, headers: { etag }, body: '' };
  const notificationId = url.searchParams.get('notification_id');
  const entries = inbox.list({
    limit,
    ...(channel !== null && { channel: channel as InboxChannel }),
    ...(notificationId !== null && { notificationId }),
    ...(search !== undefined && { search }),
  });
  const counts = inbox.counts(search === undefined ? {} : { search });
  const total = counts.email + counts.sms + counts.webhook;
  return json(200, entries, {
    etag,
    vary: 'accept',
    'cache-control': 'no-cache',
    'x-total-count': String(total),
    'x-channel-counts': JSON.stringify(counts),
  });
};

/** Whether the request accepts JSON before HTML. */
const wantsJson = ({ headers }: IncomingMessage): boolean => {
  const types = (headers.accept ?? '').split(',').map((type) => type.trim().split(';')[0]);
  return types.find((type) => type === 'application/json' || type === 'text/html') === 'application/json';
};

const notAllowed = (allow: string): Answer => {
  const answer = problem(405, 'method-not-allowed', 'Method not allowed', [
    { pointer: '', detail: `allowed: ${allow}` },
  ]);
  return { ...answer, headers: { ...answer.headers, allow } };
};

type Route = (request: IncomingMessage, url: URL, body: string) => Answer | Promise<Answer>;

/** The routes under `/_local/`, which a deployed stack does not have. */
export const makeLocalApi = (parts: LocalApiParts) => {
  const { clock, inbox, faults } = parts;

  const showClock = (): Answer => {
    const passingTo = parts.advance.passingTo();
    return json(200, {
      now: iso(clock.now()),
      offset_ms: clock.offset(),
      ...(passingTo !== undefined && { passing_to: iso(passingTo) }),
    });
  };

  const moveClock = async ({ advance: value, jump = false, ...others }: Record<string, unknown>): Promise<Answer> => {
    const [unknown] = Object.keys(others);
    if (unknown !== undefined) return invalid(`/${unknown}`, 'is not a known field; there are advance and jump');
    if (typeof jump !== 'boolean') return invalid('/jump', 'must be true or false');
    const duration = parseAdvance(value, { now: clock.now(), real: clock.real() });
    if (!duration.ok) return invalid('/advance', duration.reason);
    if (jump) parts.advance.jump(duration.milliseconds);
    else await parts.advance.pass(duration.milliseconds);
    return showClock();
  };

  let lastMove: Promise<unknown> = Promise.resolve();
  /** Advances follow each other in the order of their requests. */
  const advance: Route = (_request, _url, text) => {
    const body = parseBody(text);
    if (!body.ok) return body.answer;
    const move = lastMove.then(() => moveClock(body.value));
    lastMove = move.catch(() => undefined); // its own caller gets the error
    return move;
  };

  const setFault: Route = (_request, _url, text) => {
    const body = parseBody(text);
    return body.ok ? faults.set(body.value) : body.answer;
  };

  const showInbox: Route = (request, url) =>
    wantsJson(request) ? list(parts, request, url) : inboxPage(parts.apiPort);

  const emptyInbox: Route = () => {
    inbox.clear();
    return { status: 204, headers: {}, body: '' };
  };

  /** `/_local/inbox/{id}/html`: the HTML of an e-mail. */
  const htmlRoute = (url: URL): Record<string, Route> | undefined => {
    const [, id] = /^\/_local\/inbox\/(\d{1,15})\/html$/.exec(pathOf(url)) ?? [];
    const html = id === undefined ? undefined : inbox.html(Number(id));
    return html === undefined ? undefined : { GET: () => htmlOfMail(html) };
  };

  const routes: Record<string, Record<string, Route>> = {
    '/_local/clock': { GET: showClock, POST: advance },
    '/_local/faults': { GET: faults.list, POST: setFault, DELETE: faults.clear },
    '/_local/inbox': { GET: showInbox, DELETE: emptyInbox },
    '/_local/pending': { GET: async () => json(200, await parts.pending(), { 'cache-control': 'no-cache' }) },
    '/_local/health': { GET: () => json(200, { status: 'ok', ...parts.describe() }) },
  };

  return (request: IncomingMessage, url: URL, body: string): Answer | Promise<Answer> => {
    if (isWebhookSink(url))
      return request.method === 'POST' ? receiveWebhook(request, url, body, inbox) : notAllowed('POST');
    const methods = routes[pathOf(url)] ?? htmlRoute(url);
    if (!methods)
      return problem(404, 'not-found', 'Not found', [
        { pointer: '', detail: `known: ${Object.keys(routes).join(', ')}` },
      ]);
    const route = methods[request.method === 'HEAD' ? 'GET' : (request.method ?? '')];
    return route ? route(request, url, body) : notAllowed(Object.keys(methods).join(', '));
  };
};
