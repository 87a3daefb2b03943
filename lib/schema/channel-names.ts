export const CHANNEL_NAMES = ['email', 'sms', 'webhook'] as const;

export type ChannelName = (typeof CHANNEL_NAMES)[number];
