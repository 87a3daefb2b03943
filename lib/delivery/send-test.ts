/**
 * Sends one message to an endpoint now, as a delivery would, and says what came of it. Nothing is
 * recorded, repeated or counted.
 */

import type * as z from 'zod';
import type { Channel, OutgoingMessage, SendResult } from '../channels/channel.ts';
import type { DestinationOf } from '../channels/destinations.ts';
import { makeKeyedLimit } from '../concurrency/keyed-limit.ts';
import { signingKeys } from '../endpoints/endpoint.ts';
import { findEndpoint } from '../endpoints/find.ts';
import type { EndpointStore } from '../endpoints/repository.ts';
import type { testResultSchema } from '../endpoints/view.ts';
import { ServiceError } from '../errors.ts';
import type { Clock } from '../platform/clock.ts';
import type { Random } from '../platform/random.ts';
import { canonicalJson } from '../schema/canonical-json.ts';
import { describeError } from '../schema/reasons.ts';
import { rfc3339 } from '../schema/time.ts';
import type { Log } from '../telemetry/log-interface.ts';

export interface EndpointTestPorts {
  endpoints: Pick<EndpointStore, 'get'>;
  channel: Channel;
  destinationOf: DestinationOf;
  clock: Clock;
  random: Random;
  log: Log;
  timeoutMs: number;
}

/**
 * Of a tenant, in a process: each waits for a receiver as long as a delivery does, and occupies one
 * of the requests in flight meanwhile.
 */
const IN_FLIGHT_MAX = 4;

const tooMany = (): ServiceError =>
  new ServiceError('rate-limited', `At most ${IN_FLIGHT_MAX} tests may run at once; try again later.`, {
    headers: { 'retry-after': '1' },
  });

const viewResult = (result: SendResult, durationMs: number): z.output<typeof testResultSchema> => ({
  outcome: result.outcome,
  ...(result.httpStatus !== undefined && { http_status: result.httpStatus }),
  ...(result.outcome !== 'sent' && { error: result.error }),
  duration_ms: Math.round(durationMs),
});

export const makeEndpointTestService = (ports: EndpointTestPorts) => {
  const { channel, clock, log, random } = ports;
  const withinLimit = makeKeyedLimit(IN_FLIGHT_MAX, tooMany);

  /** Elsewhere it would say nothing about this endpoint, so it is never redirected. */
  const mayLeave = (url: string): boolean => {
    const destination = ports.destinationOf(channel.name, url);
    return destination !== undefined && !destination.redirected;
  };

  /** Over only when the answer has ended: a Lambda that is frozen before would cut it. */
  const send = async (message: OutgoingMessage): Promise<{ result: SendResult; durationMs: number }> => {
    if (!mayLeave(message.to)) return { result: { outcome: 'failed', error: 'not_allowed' }, durationMs: 0 };
    const began = clock.monotonic();
    const going: Promise<void>[] = [];
    const waitUntil = (work: Promise<void>): void => void going.push(work);
    const result = await channel.send(message, { signal: AbortSignal.timeout(ports.timeoutMs), waitUntil });
    const durationMs = clock.monotonic() - began;
    await Promise.all(going);
    return { result, durationMs };
  };

  return {
    /**
     * A disabled endpoint is tested too: that is how one finds out whether to enable it. Throws
     * `not-found`, `rate-limited`.
     */
    test: async ({ id, tenant }: { id: string; tenant: string }) => {
      const endpoint = await findEndpoint(ports.endpoints, { id, tenant });
      if (!endpoint) throw new ServiceError('not-found', `There is no endpoint ${id}`);
      const now = clock.now();
      const message: OutgoingMessage = {
        notificationId: random.id('tst_'),
        tenant,
        to: endpoint.url,
        subject: '',
        body: '',
        payload: canonicalJson({ type: 'endpoint.test', timestamp: rfc3339(now), data: { endpoint_id: id } }),
        webhook: { keys: signingKeys(endpoint, now), headers: endpoint.headers },
      };
      const { result, durationMs } = await withinLimit(tenant, () => send(message));
      const view = viewResult(result, durationMs);
      log.info('endpoint.tested', { endpoint_id: id, ...view });
      return result.outcome === 'retry' ? { ...view, error: describeError(result.error, result.redirectedTo) } : view;
    },
  };
};
