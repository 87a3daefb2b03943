/** The verbs of the API for webhook endpoints. What each does to one is in state/endpoint-state.ts. */

import { type FieldError, ServiceError, validationFailed } from '../errors.ts';
import { CLOCKS_DIFFER_MS, type Clock } from '../platform/clock.ts';
import type { Random } from '../platform/random.ts';
import { derivedId } from '../platform/random.ts';
import { fingerprint } from '../schema/canonical-json.ts';
import { omitUndefined, textOf } from '../schema/omit-undefined.ts';
import { OVERLAP_DEFAULT_SECONDS } from '../schema/rotation.ts';
import { makeKeys } from '../schema/signing-keys.ts';
import { checkWebhookUrl, type UrlPolicy } from '../schema/webhook-url.ts';
import { fromInput } from '../store/fields.ts';
import { keyReused, sameContent } from '../store/idempotency.ts';
import { checkIfMatch } from '../store/if-match.ts';
import { beingRemoved, type Conflict, type Written } from '../store/item-store.ts';
import type { ListQuery, Page } from '../store/page.ts';
import { replaceIn, updateItem } from '../store/update-item.ts';
import { type Endpoint, type EndpointSettings, endpointFields, isDeleted, isDisabled } from './endpoint.ts';
import type { EndpointPatch, NewEndpoint, RotateSecret } from './endpoint-requests.ts';
import { findEndpoint } from './find.ts';
import { headersProblem } from './headers.ts';
import { HEALTHY } from './health.ts';
import type { DeadLetterReplay, EndpointHealthReader, EndpointStore } from './repository.ts';
import * as machine from './state/endpoint-state.ts';
import type { SeenEndpoint } from './view.ts';

/**
 * How many a tenant has that are not deleted, counted up to `max`; what was created or deleted just
 * now may be missing.
 */
export type EndpointCount = (tenant: string, max: number) => Promise<number>;

export interface EndpointServicePorts {
  endpoints: EndpointStore;
  count: EndpointCount;
  /** Of one tenant. Those created at once may be more, by as many as are created at that moment. */
  endpointsMax: number;
  health: EndpointHealthReader;
  /** What a replay orders its redrive of. */
  deadLetters: DeadLetterReplay;
  clock: Clock;
  random: Random;
  webhook: UrlPolicy;
  policy: { retentionMs: number };
  /** How long a delivery that met the endpoint disabled may take to end, ms. */
  settleMs: number;
}

interface Addressed {
  id: string;
  tenant: string;
}

const notFound = (id: string): ServiceError => new ServiceError('not-found', `There is no endpoint ${id}`);

const replayed = (existing: Endpoint, print: string | undefined): Endpoint => {
  const same = sameContent(existing, print);
  if (isDeleted(same)) throw keyReused('for an endpoint that is deleted');
  return same;
};

export const makeEndpointService = (ports: EndpointServicePorts) => {
  const { endpoints, health } = ports;

  const stamp = (): machine.EndpointWriteContext => ({ now: ports.clock.now(), writeId: ports.random.token() });

  const seen = async (found: Endpoint[]): Promise<SeenEndpoint[]> => {
    const known = found.length > 0 ? await health.getAll(found.map(({ id }) => id)) : new Map();
    return found.map((endpoint) => ({ endpoint, health: known.get(endpoint.id) ?? HEALTHY }));
  };
  const see = async (endpoint: Endpoint): Promise<SeenEndpoint> => {
    const [one] = await seen([endpoint]);
    return one ?? { endpoint, health: HEALTHY };
  };

  const find = async (address: Addressed): Promise<Endpoint> => {
    const endpoint = await findEndpoint(endpoints, address);
    if (!endpoint) throw notFound(address.id);
    return endpoint;
  };

  /**
   * Applied to the endpoint as it is at the moment of the write. Throws `not-found`, and what
   * `decide` throws.
   */
  const command = async (
    address: Addressed,
    decide: (endpoint: Endpoint, on: machine.EndpointWriteContext) => Endpoint,
  ): Promise<{ before: Endpoint; after: Endpoint }> => {
    const { before, after } = await updateItem(replaceIn(endpoints), await find(address), (endpoint) => {
      if (isDeleted(endpoint)) throw notFound(address.id);
      return decide(endpoint, stamp());
    });
    if (!before || !after) throw notFound(address.id);
    return { before, after };
  };

  /** At the limit a repetition is still answered. */
  const store = async (endpoint: Endpoint): Promise<Written<Endpoint> | Conflict<Endpoint>> => {
    const { count, endpointsMax } = ports;
    if ((await count(endpoint.tenant, endpointsMax)) < endpointsMax) return endpoints.create(endpoint);
    const current = await endpoints.get(endpoint.id);
    if (current) return { written: false, current };
    throw new ServiceError('limit-reached', `There are ${endpointsMax} endpoints already: delete one first`);
  };

  const urlErrors = (url: string | undefined): FieldError[] => {
    const checked = url === undefined ? undefined : checkWebhookUrl(url, ports.webhook);
    return checked && 'problem' in checked ? [{ pointer: '/url', detail: checked.problem }] : [];
  };

  const checkedUrl = (url: string): string => {
    const checked = checkWebhookUrl(url, ports.webhook);
    if ('problem' in checked) throw validationFailed(urlErrors(url));
    return checked.url;
  };

  const settingsOf = (input: NewEndpoint): EndpointSettings => ({
    ...fromInput(endpointFields, input),
    url: checkedUrl(input.url),
    headers: input.headers ?? {},
  });

  /** What has failed because of this endpoint since then, including what is being decided now. */
  const replay = async ({ id, tenant }: Addressed, since: number): Promise<string> => {
    try {
      const { settleMs } = ports;
      // What died for its being disabled may say that it did a moment before that.
      const input = { endpoint_id: id, since: since - CLOCKS_DIFFER_MS };
      const { job } = await ports.deadLetters.redrive({ input, tenant, settleMs });
      return job.id;
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      if (error.code === 'limit-reached') {
        throw new ServiceError('limit-reached', `${error.detail}. The endpoint is enabled: repeat this for its replay`);
      }
      if (error.code !== 'validation-failed') throw error;
      const detail = 'takes more than one redrive can: the endpoint is enabled, order redrives of parts of its time';
      throw validationFailed([{ pointer: '/replay', detail }]);
    }
  };

  return {
    /** The rules beyond the schema that a body, which may break the schema too, breaks. */
    problems: (body: Record<string, unknown>): FieldError[] => urlErrors(textOf(body.url)),

    /**
     * Its secret may be shown now and never again. With a key, the same again answers the first
     * endpoint as it is now. Throws `limit-reached`.
     */
    create: async (request: {
      input: NewEndpoint;
      tenant: string;
      idempotencyKey?: string;
    }): Promise<SeenEndpoint & { replayed: boolean }> => {
      const { input, tenant, idempotencyKey: key } = request;
      const draft: machine.EndpointDraft = {
        id: key === undefined ? ports.random.id('end_') : derivedId('end_', tenant, 'POST /endpoints', key),
        tenant,
        ...settingsOf(input),
        keys: [makeKeys(input.secret)],
        ...(key !== undefined && { fingerprint: fingerprint(input) }),
      };
      const endpoint = machine.createEndpoint(draft, stamp());
      const result = await store(endpoint);
      if (result.written) return { endpoint, health: HEALTHY, replayed: false };
      if (!result.current) throw beingRemoved();
      return { ...(await see(replayed(result.current, draft.fingerprint))), replayed: true };
    },

    get: async (address: Addressed): Promise<SeenEndpoint> => see(await find(address)),

    list: async (query: ListQuery): Promise<Page<SeenEndpoint>> => {
      const page = await endpoints.list(query);
      return { ...page, items: await seen(page.items) };
    },

    /** Another URL is another receiver: what was learnt of the old one is forgotten. */
    patch: async (request: Addressed & { patch: EndpointPatch; ifMatch?: string }): Promise<SeenEndpoint> => {
      const url = request.patch.url === undefined ? undefined : checkedUrl(request.patch.url);
      const { before, after } = await command(request, (endpoint, on) => {
        checkIfMatch(endpoint, request.ifMatch);
        const next = machine.patchEndpoint(endpoint, { ...request.patch, url }, on);
        const problem = headersProblem(next.headers);
        if (problem) throw validationFailed([{ pointer: '/headers', detail: problem }]);
        return next;
      });
      if (after.url !== before.url) await health.forget(after.id);
      return see(after);
    },

    remove: async (address: Addressed): Promise<void> => {
      await command(address, (endpoint, on) => machine.deleteEndpoint(endpoint, ports.policy.retentionMs, on));
    },

    /** The new secret may be shown now and never again. */
    rotate: async ({ input, ...address }: Addressed & { input: RotateSecret }): Promise<SeenEndpoint> => {
      const keys = makeKeys(input.secret);
      const overlapMs = (input.overlap_seconds ?? OVERLAP_DEFAULT_SECONDS) * 1000;
      const { after } = await command(address, (endpoint, on) => machine.rotateKeys(endpoint, keys, overlapMs, on));
      return see(after);
    },

    disable: async (address: Addressed): Promise<SeenEndpoint> => {
      const { failingSince } = (await see(await find(address))).health;
      const { after } = await command(address, (endpoint, on) =>
        machine.disableEndpoint(endpoint, 'manual', failingSince, on),
      );
      return see(after);
    },

    /**
     * What was learnt of it is forgotten before anything can be sent again, and what died is called
     * back after that. Repeating it is harmless: a replay takes only what is still dead.
     */
    enable: async (request: Addressed & { replay: boolean }): Promise<SeenEndpoint> => {
      const found = await see(await find(request));
      if (isDisabled(found.endpoint)) await health.forget(request.id);
      const { after } = await command(request, machine.enableEndpoint);
      const since = after.replayFrom ?? found.health.failingSince;
      const replayJobId = request.replay && since !== undefined ? await replay(request, since) : undefined;
      return { ...(await see(after)), ...omitUndefined({ replayJobId }) };
    },
  };
};
