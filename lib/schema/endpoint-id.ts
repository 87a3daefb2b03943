/** The name of a webhook endpoint: what stands for its URL wherever a webhook's address is kept. */
import * as z from 'zod';

const PREFIX = 'end_';

export const endpointId = z.string().regex(/^end_[0-9a-z]{26}$/, "must be an endpoint's id, end_ and 26 characters");

/** A webhook's address is a URL, or an endpoint's id, which is none. */
export const isEndpointId = (to: string): boolean => to.startsWith(PREFIX);
