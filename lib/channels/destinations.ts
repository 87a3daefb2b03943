/** Where a message may go: to its recipient, to the address that takes its place, or nowhere. */
import type { ChannelName } from '../schema/channel-names.ts';
import type { RecipientPattern, Redirects } from '../schema/recipient-rules.ts';
import { declarations } from './index.ts';

export interface Destination {
  to: string;
  /** It goes to the address of RECIPIENTS_REDIRECT instead. */
  redirected?: true;
}
/** @param address where the channel would send: of an endpoint its URL. Undefined: nothing is sent. */
export type DestinationOf = (channel: ChannelName, address: string) => Destination | undefined;

/** Without both settings everything goes to its recipient; with one of them alone the other one is empty. */
export const makeDestinationOf = (settings: {
  allowed: readonly RecipientPattern[] | undefined;
  redirects: Redirects | undefined;
}): DestinationOf => {
  const { allowed = [], redirects = {} } = settings;
  if (!settings.allowed && !settings.redirects) return (_channel, to) => ({ to });
  return (channel, to) => {
    const kind = declarations[channel].sendsTo;
    if (allowed.some((pattern) => pattern.kind === kind && pattern.matches(to))) return { to };
    const target = redirects[kind];
    return target === undefined ? undefined : { to: target, redirected: true };
  };
};
