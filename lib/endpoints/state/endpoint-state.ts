/**
 * What may happen to an endpoint, pure: (endpoint, command, write context) -> the next one. The
 * same object: nothing to write.
 */

import { mergePatch } from '../../schema/merge-patch.ts';
import type { DisabledReason } from '../../schema/reasons.ts';
import type { EndpointKeys } from '../../schema/signing-keys.ts';
import { patched } from '../../store/patch.ts';
import { type Endpoint, type EndpointSettings, endpointFields, isDeleted, isDisabled } from '../endpoint.ts';
import type { EndpointPatch } from '../endpoint-requests.ts';

/** Generations that sign at once, at most: each adds 140 characters to a header. The oldest goes first. */
const GENERATIONS_MAX = 5;

export interface EndpointWriteContext {
  /** Business time. */
  now: number;
  writeId: string;
}

export type EndpointDraft = Pick<Endpoint, 'id' | 'tenant' | 'fingerprint' | 'keys'> & EndpointSettings;

const write = (endpoint: Endpoint, context: EndpointWriteContext, changes: Partial<Endpoint>): Endpoint => ({
  ...endpoint,
  ...changes,
  version: endpoint.version + 1,
  updatedAt: context.now,
  writeId: context.writeId,
});

export const createEndpoint = (draft: EndpointDraft, context: EndpointWriteContext): Endpoint => ({
  ...draft,
  version: 1,
  createdAt: context.now,
  updatedAt: context.now,
  writeId: context.writeId,
});

/** RFC 7396, name by name. */
const mergedHeaders = (present: Endpoint['headers'], patch: EndpointPatch['headers']): Endpoint['headers'] =>
  (patch === null ? {} : mergePatch(present, patch ?? {})) as Endpoint['headers'];

/** @param patch its URL in normal form */
export const patchEndpoint = (endpoint: Endpoint, patch: EndpointPatch, context: EndpointWriteContext): Endpoint =>
  write(patched(endpointFields, endpoint, patch), context, { headers: mergedHeaders(endpoint.headers, patch.headers) });

/**
 * New keys come first. The others sign during the overlap, and never longer than before: an overlap
 * of 0 ends them all.
 */
export const rotateKeys = (
  endpoint: Endpoint,
  keys: EndpointKeys,
  overlapMs: number,
  context: EndpointWriteContext,
): Endpoint => {
  const older = endpoint.keys
    .map((one) => ({ ...one, until: Math.min(one.until ?? Number.POSITIVE_INFINITY, context.now + overlapMs) }))
    .filter(({ until }) => until > context.now);
  return write(endpoint, context, { keys: [keys, ...older].slice(0, GENERATIONS_MAX) });
};

/**
 * Its deliveries end FAILED from now on. One that is disabled keeps its first reason.
 * @param failingSince when the failures before it began, if there were any: what failed by them is
 * replayed too
 */
export const disableEndpoint = (
  endpoint: Endpoint,
  reason: DisabledReason,
  failingSince: number | undefined,
  context: EndpointWriteContext,
): Endpoint =>
  isDisabled(endpoint) || isDeleted(endpoint)
    ? endpoint
    : write(endpoint, context, {
        disabledAt: context.now,
        disabledReason: reason,
        replayFrom: Math.min(context.now, failingSince ?? context.now),
      });

/** `replayFrom` stays, so that a replay whose answer was lost can be ordered again. */
export const enableEndpoint = (endpoint: Endpoint, context: EndpointWriteContext): Endpoint => {
  if (!isDisabled(endpoint)) return endpoint;
  const { disabledAt: _, disabledReason: __, ...rest } = endpoint;
  return write(rest, context, {});
};

/**
 * Its id stays in use for the retention, which is longer than an Idempotency-Key is kept; secrets
 * are removed at once.
 */
export const deleteEndpoint = (endpoint: Endpoint, retentionMs: number, context: EndpointWriteContext): Endpoint =>
  write(endpoint, context, {
    keys: [],
    headers: {},
    deletedAt: context.now,
    expiresAt: Math.ceil((context.now + retentionMs) / 1000),
  });
