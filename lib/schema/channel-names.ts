/** Free of other imports: telemetry takes it. What each channel is stands in lib/channels. */
export const CHANNEL_NAMES = ['email', 'sms', 'webhook'] as const;

export type ChannelName = (typeof CHANNEL_NAMES)[number];

export const byChannel = <T>(make: (name: ChannelName) => T): Record<ChannelName, T> =>
  Object.fromEntries(CHANNEL_NAMES.map((name) => [name, make(name)])) as Record<ChannelName, T>;
