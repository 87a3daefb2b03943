/** E-mail: plain text, UTF-8, by SES v2 or SMTP. */

import { asciiAddress } from '../../schema/email-address.ts';
import type { AwsConfig } from '../aws/sdk.ts';
import type { Channel, OutgoingMessage } from '../channel.ts';
import type { EmailConfig, Mail, MailTransport } from './mail.ts';

/** One address: no list, no display name, no line break that could start a header. */
const PLAIN_ADDRESS = /^[^\s@,;:<>()[\]\\"]+@[^\s@,;:<>()[\]\\"]+$/;

/** Only the transport in use is loaded: each costs a cold start some tens of milliseconds. */
const transports: Record<EmailConfig['transport'], (config: EmailConfig, aws: AwsConfig) => Promise<MailTransport>> = {
  ses: async (_config, aws) => (await import('./ses.ts')).makeSesTransport(aws),
  smtp: async (config) => (await import('./smtp.ts')).makeSmtpTransport(config.smtpUrl),
};

/**
 * Keeps out-of-office replies and other responders quiet: RFC 3834, and Exchange's own header
 * (MS-OXCMAIL).
 */
const NO_REPLIES = { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' };

const mailOf = (message: OutgoingMessage, from: string, to: string): Mail => ({
  notificationId: message.notificationId,
  from,
  to,
  subject: message.subject.replace(/\p{Cc}+/gu, ' '),
  text: message.body,
  headers: {
    ...NO_REPLIES,
    'X-Notification-Id': message.notificationId,
    ...(message.dueAt !== undefined && { 'X-Notification-Due': new Date(message.dueAt).toISOString() }),
  },
});

export const makeEmailChannel = async (config: EmailConfig, aws: AwsConfig): Promise<Channel> => {
  const transport = await transports[config.transport](config, aws);
  return {
    name: 'email',
    send: async (message, { signal }) => {
      const to = PLAIN_ADDRESS.test(message.to) ? asciiAddress(message.to) : undefined;
      if (to === undefined) return { outcome: 'failed', error: 'invalid_recipient' };
      return transport(mailOf(message, config.from, to), signal);
    },
  };
};
