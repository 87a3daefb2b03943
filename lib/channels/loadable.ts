import { lazy } from '../concurrency/lazy.ts';
import type { Channel } from './channel.ts';

/** A channel whose libraries are loaded for its first message, or before it by `load`. */
export interface LoadableChannel extends Channel {
  /** Rejects when the configuration cannot be used. */
  load(): Promise<void>;
}

/**
 * A process that sends webhooks alone never loads the mail libraries. `send` rejects when the
 * configuration cannot be used, and the next message tries again to make the channel.
 */
export const loadable = (name: Channel['name'], make: () => Promise<Channel>): LoadableChannel => {
  const get = lazy(make);
  return {
    name,
    load: async () => {
      await get();
    },
    send: async (message, options) => (await get()).send(message, options),
  };
};
