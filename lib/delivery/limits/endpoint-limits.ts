/** The limits of an endpoint: its settings, its circuit, its rate and its concurrency. */

import type { SendResult } from '../../channels/channel.ts';
import type { DestinationOf } from '../../channels/destinations.ts';
import { makeLoadingCache } from '../../concurrency/loading-cache.ts';
import { type Endpoint, isDeleted, isDisabled, signingKeys } from '../../endpoints/endpoint.ts';
import type { EndpointStore } from '../../endpoints/repository.ts';
import { disableEndpoint } from '../../endpoints/state/endpoint-state.ts';
import type { Deferral } from '../../notifications/deferral.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Random } from '../../platform/random.ts';
import type { Log } from '../../telemetry/log-interface.ts';
import type { DisabledBy, Metrics } from '../../telemetry/metrics.ts';
import { CHANNEL_ERROR } from '../attempt.ts';
import type { Bulkhead, Place } from './bulkhead.ts';
import { admit, isHopeless } from './circuit.ts';
import type { Circuits } from './circuit-breaker.ts';
import type { Limits } from './rate-and-concurrency.ts';
import { ENDPOINT_DISABLED, type Entry, type EntryRequest, type Pass, type Release } from './repository.ts';

/** A change by the API reaches every worker within this. */
const SETTINGS_MAX_AGE_MS = 5_000;
const ENTRIES_MAX = 1_000;
/** When to come back after a probe was lost to a worker that gave it up again. */
const PROBE_LOST_MS = 1_000;

/** Past the limits of a receiver that is no endpoint. */
export type EnterAddress = (request: EntryRequest) => Promise<Entry>;

export interface EndpointLimitPorts {
  destinationOf: DestinationOf;
  enterAddress: EnterAddress;
  endpoints: Pick<EndpointStore, 'get' | 'replace'>;
  circuits: Circuits;
  limits: Limits;
  bulkhead: Bulkhead;
  clock: Clock;
  random: Random;
  metrics: Metrics;
  log: Log;
  /** Failing without a single success for so long disables an endpoint. */
  disableAfterMs: number;
}

/** How what was taken on the way is given back. */
type Taken = ((...outcome: Parameters<Release>) => void | Promise<void>)[];

/**
 * `silent`: nothing was sent, or not by the receiver's fault. An answer that does not end holds as
 * much as one that does not come.
 */
export const verdictOf = (...[result, answer]: Parameters<Release>): Parameters<Place['release']>[0] => {
  if (!result || (result.outcome === 'retry' && result.error === CHANNEL_ERROR)) return 'silent';
  if (answer?.isCut) return 'timed_out';
  if (result.outcome === 'sent') return 'succeeded';
  return result.error === 'timeout' ? 'timed_out' : 'answered';
};

/**
 * What says that the receiver does not take deliveries: no or a wrong answer. What failed before it
 * was sent says nothing.
 */
const failureOf = (result: SendResult): string | undefined => {
  if (result.outcome === 'sent' || verdictOf(result) === 'silent') return undefined;
  return result.outcome === 'retry' || result.httpStatus !== undefined ? result.error : undefined;
};

export const makeEndpointLimits = (ports: EndpointLimitPorts) => {
  const { bulkhead, circuits, clock, endpoints, limits, log, metrics, random } = ports;
  const settings = makeLoadingCache({
    load: (id: string) => endpoints.get(id),
    maxAgeMs: SETTINGS_MAX_AGE_MS,
    entriesMax: ENTRIES_MAX,
    clock,
  });

  /** Over the very settings that the delivery went by: an endpoint that was changed since gets its chance. */
  const disable = async (endpoint: Endpoint, reason: DisabledBy, failingSince?: number): Promise<void> => {
    // What was in flight along with it has had the same result.
    if ((await settings.get(endpoint.id))?.writeId !== endpoint.writeId) return;
    const next = disableEndpoint(endpoint, reason, failingSince, { now: clock.now(), writeId: random.token() });
    const result = await endpoints.replace(next, endpoint.writeId);
    settings.set(endpoint.id, result.written ? next : result.current);
    if (!result.written) return;
    metrics.endpointDisabled({ reason });
    log.warn('endpoint.disabled', { endpoint_id: endpoint.id, tenant: endpoint.tenant, reason });
  };

  const nothingLearnt = async (id: string, probeId: string | undefined): Promise<void> => {
    if (probeId !== undefined) await circuits.unprobe(id, probeId);
  };

  /** The result of a send, for the next ones. */
  const learn = async (endpoint: Endpoint, result: SendResult, probeId: string | undefined): Promise<void> => {
    if (result.outcome === 'sent') return void (await circuits.succeeded(endpoint.id));
    const error = failureOf(result);
    if (error === undefined) return nothingLearnt(endpoint.id, probeId);
    const failure = { error, ...(probeId !== undefined && { probeId }) };
    const circuit = await circuits.failed(endpoint.id, failure);
    if (result.httpStatus === 410) return disable(endpoint, 'gone', circuit?.failingSince);
    const on = { now: clock.now(), changedAt: endpoint.updatedAt, afterMs: ports.disableAfterMs };
    if (circuit && isHopeless(circuit, on)) await disable(endpoint, 'failing', circuit.failingSince);
  };

  const admitted = async (id: string) => {
    const circuit = await circuits.view(id);
    return { circuit, ...admit(circuit, { now: clock.now(), real: clock.real() }, random.fraction()) };
  };

  const circuitOpen = (until: number): Deferral => ({ outcome: 'deferred', error: 'circuit_open', until });

  /**
   * What ends a delivery for good is read again: an endpoint that was enabled a moment ago must not
   * lose what is called back for it.
   */
  const current = async (id: string): Promise<Endpoint | undefined> => {
    const known = await settings.get(id);
    if (known && !isDeleted(known) && !isDisabled(known)) return known;
    settings.drop(id);
    return settings.get(id);
  };

  /** The last step, so that a probe is not won by a delivery that something else then puts off. */
  const probe = async ({ id }: Endpoint): Promise<{ probeId?: string } | Deferral> => {
    const first = await admitted(id);
    if (!first.admitted) return circuitOpen(first.until);
    if (!first.asProbe || !first.circuit) return {};
    const probeId = await circuits.probe(id, first.circuit);
    if (probeId !== undefined) return { probeId };
    // Another worker's probe is in flight, or has ended already.
    const again = await admitted(id);
    if (!again.admitted) return circuitOpen(again.until);
    return again.asProbe ? circuitOpen(clock.now() + PROBE_LOST_MS) : {};
  };

  const passOf = (endpoint: Endpoint, release: Release): Pass => ({
    outcome: 'pass',
    to: endpoint.url,
    webhook: { keys: signingKeys(endpoint, clock.now()), headers: endpoint.headers },
    ...(endpoint.retrySchedule && { scheduleSeconds: endpoint.retrySchedule }),
    release,
  });

  /** What is taken on the way is given back when a later step says no, or fails. */
  const through = async (endpoint: Endpoint, request: EntryRequest, taken: Taken): Promise<Entry> => {
    const row = await limits.rate(endpoint, request.slotAt);
    if (row && 'outcome' in row) return row;
    const kept = row && { slotAt: row.slotAt };
    const entrance = await bulkhead.enter(request, new URL(endpoint.url).origin);
    if ('backInMs' in entrance)
      return { outcome: 'deferred', error: 'receiver_busy', until: clock.now() + entrance.backInMs, ...kept };
    taken.push((...outcome) => entrance.place.release(verdictOf(...outcome)));
    const place = await limits.concurrency(endpoint, row?.slotAt);
    if (place && 'outcome' in place) return place;
    if (place) taken.push(place.release);
    const probing = await probe(endpoint);
    if ('outcome' in probing) return { ...probing, ...kept };
    taken.push((result) =>
      result ? learn(endpoint, result, probing.probeId) : nothingLearnt(endpoint.id, probing.probeId),
    );
    return passOf(endpoint, async (...outcome) => {
      await Promise.all(taken.map((release) => release(...outcome)));
    });
  };

  return {
    /** Rejects when a store does. */
    enter: async (request: EntryRequest): Promise<Entry> => {
      const { tenant, channel, to } = request;
      const [endpoint, circuit] = await Promise.all([current(to), admitted(to)]);
      if (!endpoint || endpoint.tenant !== tenant || isDeleted(endpoint))
        return { outcome: 'failed', error: 'endpoint_deleted' };
      if (isDisabled(endpoint)) return { outcome: 'failed', error: ENDPOINT_DISABLED };
      // What does not reach the endpoint says nothing of it: its circuit and its limits are left alone.
      const destination = ports.destinationOf(channel, endpoint.url);
      if (!destination || destination.redirected) return ports.enterAddress({ ...request, to: endpoint.url });
      if (!circuit.admitted) return circuitOpen(circuit.until);
      const taken: Taken = [];
      let entry: Entry | undefined;
      try {
        entry = await through(endpoint, request, taken);
        return entry;
      } finally {
        // What cannot be given back lapses; the answer stands.
        if (entry?.outcome !== 'pass') await Promise.allSettled(taken.map(async (release) => release()));
      }
    },
  };
};
