import * as z from 'zod';

export const CHANNEL_NAMES = ['email', 'sms', 'webhook'] as const;

export type ChannelName = (typeof CHANNEL_NAMES)[number];

export const channelNameSchema = z.enum(CHANNEL_NAMES).meta({ id: 'ChannelName' });
