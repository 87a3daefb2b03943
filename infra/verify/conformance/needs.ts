/** What a target may not offer; flags say what it does. */
export const NEEDS = ['key', 'service-key', 'receiver', 'secret', 'inbox', 'clock'] as const;

export type Need = (typeof NEEDS)[number];
