/** What the handlers of one endpoint share. */
import * as z from 'zod';
import { type SeenEndpoint, viewEndpoint } from '../endpoints/view.ts';
import { clock } from '../platform/clock.ts';
import { endpointId } from '../schema/endpoint-id.ts';
import type { Reply } from './types.ts';

export const endpointParams = z.object({ id: endpointId });

/**
 * An endpoint and, as its `ETag`, the version that If-Match takes. `secret`: it was just made, and
 * is shown this once.
 */
export const endpointReply = (seen: SeenEndpoint, options: { secret?: boolean } = {}): Reply => ({
  body: viewEndpoint(seen, { now: clock.now(), ...options }),
  headers: { etag: `"${seen.endpoint.version}"` },
});
