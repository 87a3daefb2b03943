import type { Endpoint } from '../endpoints/endpoint.ts';
import { createEndpoint } from '../endpoints/state/endpoint-state.ts';
import { makeKeys } from '../schema/signing-keys.ts';

/** A pair takes a while to make; a test that needs others makes them. */
const keys = makeKeys();

/** An endpoint as the store has it right after its creation. */
export const makeEndpoint = (changes: Partial<Endpoint> = {}): Endpoint => ({
  ...createEndpoint(
    {
      id: `end_${'0'.repeat(26)}`,
      tenant: 'default',
      url: 'https://example.com/hooks',
      headers: {},
      keys: [keys],
    },
    { now: Date.parse('2026-03-01T12:00:00.000Z'), writeId: 'first' },
  ),
  ...changes,
});
