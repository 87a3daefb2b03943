/**
 * What a message passes before it is sent: the limits of its receiver. The providers of e-mail and
 * SMS and a raw URL have their bulkhead alone, an endpoint also its circuit, its rate and its
 * concurrency (`endpoint-limits.ts`).
 */

import type { DestinationOf } from '../../channels/destinations.ts';
import { withTimeout } from '../../concurrency/with-timeout.ts';
import type { EndpointStore } from '../../endpoints/repository.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Random } from '../../platform/random.ts';
import { isEndpointId } from '../../schema/endpoint-id.ts';
import type { Log } from '../../telemetry/log-interface.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { makeBulkhead } from './bulkhead.ts';
import { makeCircuits } from './circuit-breaker.ts';
import { type EnterAddress, makeEndpointLimits, verdictOf } from './endpoint-limits.ts';
import { makeLimits } from './rate-and-concurrency.ts';
import type { CircuitStore, Entry, EntryRequest, RateStore, ReceiverLimits, Release, SlotStore } from './repository.ts';

/** In all, whatever the stores do: what is in flight holds a lease. */
const ENTER_MAX_MS = 2_000;
const RELEASE_MAX_MS = 1_000;
/** Stores that do not answer are asked again after this. */
const UNAVAILABLE_PAUSE_MS = 30_000;

export interface ReceiverLimitPorts {
  destinationOf: DestinationOf;
  endpoints: Pick<EndpointStore, 'get' | 'replace'>;
  circuits: CircuitStore;
  rates: RateStore;
  slots: SlotStore;
  clock: Clock;
  random: Random;
  metrics: Metrics;
  log: Log;
  /** How long a probe, and a place among those in flight, is held at most, ms: longer than a send takes. */
  holdMs: number;
  disableAfterMs: number;
}

export const makeReceiverLimits = (ports: ReceiverLimitPorts): ReceiverLimits => {
  const { clock, log, random } = ports;
  const bulkhead = makeBulkhead({ clock, fraction: random.fraction });
  // Apart: receivers, however many hang, are no reason to hold back what goes by a provider, nor
  // the other way round.
  const providers = makeBulkhead({ clock, fraction: random.fraction });
  const circuits = makeCircuits({ ...ports, probeMs: ports.holdMs });

  /** Best effort: what is not given back lapses, and a failure that is not counted is followed by others. */
  const releaseInTime =
    ({ tenant, to }: EntryRequest, release: Release): Release =>
    async (...outcome) => {
      const releasing = release(...outcome);
      try {
        await withTimeout(releasing, RELEASE_MAX_MS);
      } catch (error) {
        log.warn('receiver_limits.release_failed', { tenant, endpoint_id: to, error: String(error) });
        releasing.catch(() => undefined); // logged already
      }
    };

  /** An answer that comes too late is not used, and what it holds given back. */
  const inTime = async (request: EntryRequest, entering: Promise<Entry>): Promise<Entry> => {
    try {
      const entry = await withTimeout(entering, ENTER_MAX_MS);
      return entry.outcome === 'pass' ? { ...entry, release: releaseInTime(request, entry.release) } : entry;
    } catch (error) {
      const { tenant, to } = request;
      log.warn('receiver_limits.unavailable', { tenant, endpoint_id: to, error: String(error) });
      entering
        .then((entry) => (entry.outcome === 'pass' ? releaseInTime(request, entry.release)() : undefined))
        .catch(() => undefined); // logged already
      return { outcome: 'deferred', error: 'gate_unavailable', until: clock.now() + UNAVAILABLE_PAUSE_MS };
    }
  };

  /**
   * Where a message to the address may go. What fails as one: the origin of a URL; for e-mail and
   * SMS the provider that all of it goes through.
   */
  const enterAddress: EnterAddress = async ({ channel, to: address, ...owner }) => {
    const destination = ports.destinationOf(channel, address);
    if (!destination) return { outcome: 'stopped', error: 'not_allowed' };
    const url = URL.parse(destination.to);
    const entrance = await (url ? bulkhead.enter(owner, url.origin) : providers.enter(owner, channel));
    if ('backInMs' in entrance)
      return { outcome: 'deferred', error: 'receiver_busy', until: clock.now() + entrance.backInMs };
    return {
      outcome: 'pass',
      ...destination,
      release: async (...outcome) => entrance.place.release(verdictOf(...outcome)),
    };
  };

  const limits = makeLimits(ports);
  const endpoint = makeEndpointLimits({ ...ports, circuits, limits, bulkhead, enterAddress });

  return {
    enter: (request) =>
      request.channel === 'webhook' && isEndpointId(request.to)
        ? inTime(request, endpoint.enter(request))
        : enterAddress(request),
  };
};
