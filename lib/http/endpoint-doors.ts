/** What the doors of one endpoint share. */
import * as z from 'zod';
import { clock } from '../clock.ts';
import { endpointId } from '../endpoints/endpoint-id.ts';
import { type SeenEndpoint, viewEndpoint } from '../endpoints/endpoint-view.ts';
import type { Reply } from '../http.ts';

export const endpointParams = z.object({ id: endpointId });

/** An endpoint and, as its `ETag`, the version that If-Match takes. `secret`: it was just made, and is shown this once. */
export const endpointReply = (seen: SeenEndpoint, options: { secret?: boolean } = {}): Reply => ({
  body: viewEndpoint(seen, { now: clock.now(), ...options }),
  headers: { etag: `"${seen.endpoint.version}"` },
});
