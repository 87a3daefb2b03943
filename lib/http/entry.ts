/** What a request's headers alone decide: whether its body may come, and whose request it is. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Admitted } from '../auth/guard.ts';
import { clock } from '../platform/clock.ts';
import { bodyBytesOf, isTooLarge, tooLarge } from './body.ts';
import { headersOf } from './request.ts';

type Headers = Record<string, string | undefined>;

export interface Entered {
  headers: Headers;
  admitted: Admitted | undefined;
}

export interface Entry {
  /**
   * Once for an event, until it is forgotten. Throws `payload-too-large`, `validation-failed`, and
   * what `admit` throws.
   */
  of(event: APIGatewayProxyEventV2): Promise<Entered>;
  /** Runs with the log fields that were noted by `of`, when it was called before; else `undefined`. */
  continue<T>(event: APIGatewayProxyEventV2, run: () => T): T | undefined;
  /** What `of` took when it was called before. */
  tookMs(event: APIGatewayProxyEventV2): number;
  forget(event: APIGatewayProxyEventV2): void;
}

interface Begun {
  entered: Promise<Entered>;
  inContext: <T>(run: () => T) => T;
  tookMs: number;
}

export const makeEntry = (options: {
  takesBody: boolean;
  admit: ((headers: Headers, bodyBytes?: number) => Promise<Admitted>) | undefined;
}): Entry => {
  const begun = new WeakMap<APIGatewayProxyEventV2, Begun>();
  /** Before anything else is looked at: callers who are not allowed in learn nothing of what is inside. */
  const enter = async (event: APIGatewayProxyEventV2): Promise<Entered> => {
    const headers = headersOf(event);
    if (options.takesBody && isTooLarge(headers['content-length'])) throw tooLarge();
    return { headers, admitted: await options.admit?.(headers, bodyBytesOf(event)) };
  };
  return {
    of: (event) => {
      const known = begun.get(event);
      if (known) return known.entered;
      const from = clock.monotonic();
      const entered = enter(event).finally(() => {
        one.tookMs = clock.monotonic() - from;
      });
      const one: Begun = { entered, inContext: AsyncLocalStorage.snapshot(), tookMs: 0 };
      begun.set(event, one);
      return entered;
    },
    continue: (event, run) => begun.get(event)?.inContext(run),
    tookMs: (event) => begun.get(event)?.tookMs ?? 0,
    forget: (event) => void begun.delete(event),
  };
};
