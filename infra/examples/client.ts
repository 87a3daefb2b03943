/**
 * What the demo and the examples share: the API and the local AWS of a running stack, called as
 * their users call them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { InboxEntry } from '../../localstack/inbox/store.ts';

interface Urls {
  /** Without a slash at the end, like `aws`. */
  api: string;
  aws: string;
  /** Undefined = the API is open. */
  apiKey: string | undefined;
}

export interface Answer<T> {
  status: number;
  body: T;
  /** Path and query of the next page of a list. */
  next: string | undefined;
}

export interface Client {
  urls: Urls;
  /** How many requests the API has answered. */
  calls(): number;
  /**
   * One request; again after the pause that a 429 or 503 asks for. Throws a CannotUse when there is
   * no answer, or the key will not do.
   */
  call<T>(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer<T>>;
  /** All pages of a list. */
  list<T>(path: string): Promise<T[]>;
  /** Business time, epoch ms. */
  now(): Promise<number>;
  /** @param duration ISO 8601. Returns the time that it then is, epoch ms. */
  advance(duration: string): Promise<number>;
  /** Newest first, at most 1,000. */
  inbox(notificationId?: string): Promise<InboxEntry[]>;
}

/** Its message is for people, and says what to do. */
export class CannotUse extends Error {}

const TRIES = 5;
const PAUSE_MAX_SECONDS = 10;

/** `PORT`, `LOCAL_AWS_PORT` and `API_KEY`. */
export const urlsOf = (env: NodeJS.ProcessEnv): Urls => ({
  api: `http://127.0.0.1:${env.PORT || 3000}`,
  aws: `http://127.0.0.1:${env.LOCAL_AWS_PORT || 4566}`,
  apiKey: env.API_KEY || undefined,
});

const MAKE_KEY = 'API_KEY=$(npm run -s keys -- create --scopes events:write,notifications:write,notifications:read)';

const refused = (status: number, detail: string, apiKey: string | undefined): CannotUse => {
  if (status === 403) return new CannotUse(`API_KEY may not do this: ${detail}\nMake another:\n  export ${MAKE_KEY}`);
  if (apiKey === undefined)
    return new CannotUse(`The API is closed: it wants a key. Make one and set API_KEY:\n  export ${MAKE_KEY}`);
  return new CannotUse(`The API does not take the key in API_KEY: ${detail}\nMake another:\n  export ${MAKE_KEY}`);
};

const pauseOf = (answer: Response): number =>
  Math.min(Number(answer.headers.get('retry-after')) || 1, PAUSE_MAX_SECONDS) * 1_000;

const nextOf = (answer: Response): string | undefined => {
  const link = answer.headers.get('link')?.match(/<([^>]+)>; rel="next"/)?.[1];
  if (link === undefined) return undefined;
  const { pathname, search } = new URL(link, answer.url);
  return pathname + search;
};

export const makeClient = (urls: Urls): Client => {
  const { api, aws, apiKey } = urls;
  let calls = 0;

  const reach = async (url: string, init: RequestInit): Promise<Response> => {
    try {
      return await fetch(url, init);
    } catch (error) {
      const { cause } = error as Error;
      throw new CannotUse(
        `Nothing answers at ${new URL(url).origin} (${(cause as Error | undefined)?.message ?? error}).\n` +
          'Start the stack with "npm start" in another terminal; PORT and LOCAL_AWS_PORT say where it is.',
      );
    }
  };

  const call: Client['call'] = async <T>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> => {
    const init: RequestInit = {
      method,
      headers: {
        ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    };
    for (let tries = 1; ; tries += 1) {
      const answer = await reach(`${api}${path}`, init);
      calls += 1;
      const value = (await answer.json()) as T & { detail?: string };
      if (answer.status === 401 || answer.status === 403) throw refused(answer.status, value.detail ?? '', apiKey);
      const isBusy = answer.status === 429 || answer.status === 503;
      if (!isBusy || tries === TRIES) return { status: answer.status, body: value, next: nextOf(answer) };
      await sleep(pauseOf(answer));
    }
  };

  const list: Client['list'] = async <T>(path: string): Promise<T[]> => {
    const found: T[] = [];
    for (let at: string | undefined = path; at !== undefined; ) {
      const { status, body, next }: Answer<T[]> = await call<T[]>('GET', at);
      if (status !== 200) throw new CannotUse(`The API answered ${status} to GET ${at}: ${JSON.stringify(body)}`);
      found.push(...body);
      at = next;
    }
    return found;
  };

  const local = async <T>(path: string, init: RequestInit = {}): Promise<T> => {
    const answer = await reach(`${aws}/_local/${path}`, { headers: { accept: 'application/json' }, ...init });
    if (!answer.ok) throw new CannotUse(`${answer.url} answered ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as T;
  };

  return {
    urls,
    call,
    list,
    calls: () => calls,
    now: async () => Date.parse((await local<{ now: string }>('clock')).now),
    advance: async (duration) => {
      const init = { method: 'POST', body: JSON.stringify({ advance: duration }) };
      return Date.parse((await local<{ now: string }>('clock', init)).now);
    },
    inbox: (notificationId) =>
      local<InboxEntry[]>(`inbox${notificationId === undefined ? '' : `?notification_id=${notificationId}`}`),
  };
};
