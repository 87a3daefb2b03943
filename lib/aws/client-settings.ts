/**
 * What the clients of AWS have in common. Apart from clients.ts: what is loaded late, such as the client for
 * KMS, must not import the clients of each function, or a bundle has all of their commands.
 */
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Logger } from '@smithy/types';
import { makeFairSemaphore } from '../concurrency/fair-semaphore.ts';
import { processEnvironment } from '../platform/environment.ts';

const CONNECT_TIMEOUT_MS = 1_000;
export const REQUEST_TIMEOUT_MS = 3_000;
/** In flight at once per client. At 5 ms a call that is 12,000 a second, more than one process can make. */
const CALLS_MAX = 64;
/** A call does not name its tenant: all wait in one queue. Fairness between tenants comes before the call. */
const ALL_TENANTS = '';

/**
 * The rest waits here, outside the timeout: the last of a thousand calls made at once would else count the
 * time of all before it, run out, and be repeated.
 */
const bounded = (handler: NodeHttpHandler): NodeHttpHandler => {
  const handle = handler.handle.bind(handler);
  const calls = makeFairSemaphore({ permits: CALLS_MAX });
  handler.handle = (request, options) => calls.run(ALL_TENANTS, () => handle(request, options));
  return handler;
};

const ignore = (): void => {};
/**
 * Without `info`, which the SDK calls only where it is: even its own mute logger makes it copy and
 * filter each request, 6 % of a delivery.
 */
const silent = { debug: ignore, warn: ignore, error: ignore } as unknown as Logger;

/**
 * The SDK only warns of a late answer unless it is set to throw; without that a silent peer holds a
 * call for good.
 */
export const clientSettings = (requestTimeout: number, maxAttempts: number) => {
  const agent = { keepAlive: true, maxSockets: CALLS_MAX };
  return {
    region: processEnvironment().region,
    maxAttempts,
    retryMode: 'standard',
    logger: silent,
    requestHandler: bounded(
      new NodeHttpHandler({
        connectionTimeout: CONNECT_TIMEOUT_MS,
        requestTimeout,
        throwOnRequestTimeout: true,
        httpAgent: agent,
        httpsAgent: agent,
      }),
    ),
  };
};
