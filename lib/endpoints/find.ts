/** Endpoints as others see them: those of a tenant that are not deleted. */

import type { FieldError } from '../errors.ts';
import { isEndpointId } from '../schema/endpoint-id.ts';
import { type Endpoint, isDeleted } from './endpoint.ts';
import type { EndpointStore } from './repository.ts';

export const findEndpoint = async (
  endpoints: Pick<EndpointStore, 'get'>,
  { id, tenant }: { id: string; tenant: string },
): Promise<Endpoint | undefined> => {
  const endpoint = await endpoints.get(id);
  return endpoint && endpoint.tenant === tenant && !isDeleted(endpoint) ? endpoint : undefined;
};

/**
 * What is wrong with the endpoint that a notification names, if it names one: a read that others do without.
 * One that is disabled will do: what it is to get then is listed as dead, and replayed on demand.
 */
export const endpointErrors = async (
  endpoints: Pick<EndpointStore, 'get'>,
  { tenant, to }: { tenant: string; to: { webhook?: string } },
): Promise<FieldError[]> => {
  if (to.webhook === undefined || !isEndpointId(to.webhook)) return [];
  const endpoint = await findEndpoint(endpoints, { id: to.webhook, tenant });
  return endpoint ? [] : [{ pointer: '/endpoint_id', detail: 'must name an endpoint that exists' }];
};
