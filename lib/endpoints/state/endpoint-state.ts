/** What may happen to an endpoint, pure: (endpoint, what is asked, circumstances) -> the next one. The very same one: nothing to write. */

import type { DisabledReason } from '../../schema/reasons.ts';
import { patched } from '../../store/fields.ts';
import {
  type Endpoint,
  type EndpointPatch,
  type EndpointSettings,
  endpointFields,
  isDeleted,
  isDisabled,
} from '../endpoint.ts';
import type { EndpointKeys } from '../signing-keys.ts';

/** Generations that sign at once, at most: each adds 140 characters to a header. The oldest goes first. */
const GENERATIONS_MAX = 5;

export interface EndpointOn {
  /** Business time. */
  now: number;
  writeId: string;
}

export type EndpointDraft = Pick<Endpoint, 'id' | 'tenant' | 'fingerprint' | 'keys'> & EndpointSettings;

const write = (endpoint: Endpoint, on: EndpointOn, changes: Partial<Endpoint>): Endpoint => ({
  ...endpoint,
  ...changes,
  version: endpoint.version + 1,
  updatedAt: on.now,
  writeId: on.writeId,
});

export const createEndpoint = (draft: EndpointDraft, on: EndpointOn): Endpoint => ({
  ...draft,
  version: 1,
  createdAt: on.now,
  updatedAt: on.now,
  writeId: on.writeId,
});

/** RFC 7396, name by name. */
const mergedHeaders = (present: Endpoint['headers'], patch: EndpointPatch['headers']): Endpoint['headers'] => {
  if (patch === null) return {};
  const all = { ...present, ...patch };
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null));
};

/** @param patch its URL in normal form */
export const patchEndpoint = (endpoint: Endpoint, patch: EndpointPatch, on: EndpointOn): Endpoint =>
  write(patched(endpointFields, endpoint, patch), on, { headers: mergedHeaders(endpoint.headers, patch.headers) });

/** New keys come first. The others sign on for the overlap, and never longer than they would have: an overlap of 0 ends them all. */
export const rotateKeys = (endpoint: Endpoint, keys: EndpointKeys, overlapMs: number, on: EndpointOn): Endpoint => {
  const older = endpoint.keys
    .map((one) => ({ ...one, until: Math.min(one.until ?? Number.POSITIVE_INFINITY, on.now + overlapMs) }))
    .filter(({ until }) => until > on.now);
  return write(endpoint, on, { keys: [keys, ...older].slice(0, GENERATIONS_MAX) });
};

/**
 * Its deliveries end FAILED from now on. One that is disabled stays so, and keeps its first reason.
 * @param failingSince when the failures before it began, if there were any: what died of them is replayed too
 */
export const disableEndpoint = (
  endpoint: Endpoint,
  reason: DisabledReason,
  failingSince: number | undefined,
  on: EndpointOn,
): Endpoint =>
  isDisabled(endpoint) || isDeleted(endpoint)
    ? endpoint
    : write(endpoint, on, {
        disabledAt: on.now,
        disabledReason: reason,
        replayFrom: Math.min(on.now, failingSince ?? on.now),
      });

/** Where a replay begins stays known, so that one that got no answer can be ordered again. */
export const enableEndpoint = (endpoint: Endpoint, on: EndpointOn): Endpoint => {
  if (!isDisabled(endpoint)) return endpoint;
  const { disabledAt: _, disabledReason: __, ...rest } = endpoint;
  return write(rest, on, {});
};

/** Its id stays taken for the retention, which is longer than an Idempotency-Key is kept; what is secret goes at once. */
export const deleteEndpoint = (endpoint: Endpoint, retentionMs: number, on: EndpointOn): Endpoint =>
  write(endpoint, on, {
    keys: [],
    headers: {},
    deletedAt: on.now,
    expiresAt: Math.ceil((on.now + retentionMs) / 1000),
  });
