/**
 * Connections: kept alive, limited for each origin, never to a blocked address. No limit on all: Node would
 * count idle ones, so one origin would wait for another's. `bulkhead.ts` limits what is in flight.
 */
import { type AgentOptions, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { type AddressPolicy, isBlockedAddress } from '../../schema/ip-ranges.ts';
import { blockedError, guardedLookup } from './guard.ts';

export interface AgentLimits {
  /** Connections at once to one origin; further requests wait for a free one until their signal aborts. */
  maxConnectionsPerOrigin: number;
}

/**
 * Shorter than the 5 s after which common servers close an idle connection: a POST must not race
 * with that.
 */
const IDLE_MS = 4_000;
/**
 * Node gives each address but the last up when its time is over: its 250 ms are less than a distant
 * receiver needs.
 */
const NEXT_ADDRESS_MS = 1_000;

/** `net.connect` asks no lookup for a literal address, so that case is checked as the connection is made. */
const guarded = <A extends HttpAgent>(agent: A, policy: AddressPolicy): A => {
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) => {
    const host = String((options as { host?: unknown }).host ?? '');
    if (isIP(host) === 0 || !isBlockedAddress(host, policy)) return connect(options, callback);
    // Not thrown: a request that waited for a free connection would have no caller to catch it.
    process.nextTick(() => callback?.(blockedError(), undefined as never));
    return undefined;
  };
  return agent;
};

/**
 * Without `keepAlive` each request has a connection of its own, at once: what is in flight is their
 * only limit.
 */
export const makeAgents = (
  limits: AgentLimits & AddressPolicy,
  lookup: LookupFunction,
  { keepAlive = true } = {},
): Record<'http:' | 'https:', HttpAgent> => {
  const options: AgentOptions = {
    keepAlive,
    timeout: IDLE_MS,
    scheduling: 'lifo',
    maxSockets: keepAlive ? limits.maxConnectionsPerOrigin : Number.POSITIVE_INFINITY,
    maxFreeSockets: limits.maxConnectionsPerOrigin,
    lookup: guardedLookup(lookup, limits),
    autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_MS,
  };
  const tls = { rejectUnauthorized: true, minVersion: 'TLSv1.2', maxCachedSessions: 100 } as const;
  return {
    'http:': guarded(new HttpAgent(options), limits),
    'https:': guarded(new HttpsAgent({ ...options, ...tls }), limits),
  };
};
