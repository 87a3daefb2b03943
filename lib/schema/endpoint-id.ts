/** The name of a webhook endpoint: what stands for its URL wherever a webhook's address is kept. */
import * as z from 'zod';
import { idPattern } from './ids.ts';

const PREFIX = 'end_';

export const endpointId = z.string().regex(idPattern(PREFIX), "must be an endpoint's id, end_ and 26 characters");

/** A webhook's address is a URL or an endpoint's id, which is no URL. */
export const isEndpointId = (to: string): boolean => to.startsWith(PREFIX);
