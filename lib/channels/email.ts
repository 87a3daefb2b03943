/** E-mail: plain text, UTF-8, by SES v2 or SMTP. */
import type { Channel, OutgoingMessage, SendResult } from '../ports.ts';
import type { AwsConfig } from './aws.ts';

export interface EmailConfig {
  transport: 'ses' | 'smtp';
  /** A plain address; its domain also ends the Message-ID. */
  from: string;
  /** `smtp://user:password@host:port` or `smtps://...`; for `smtp` only. */
  smtpUrl?: string | undefined;
}

export interface Mail {
  notificationId: string;
  from: string;
  to: string;
  subject: string;
  text: string;
  headers: Record<string, string>;
}

export type MailTransport = (mail: Mail, signal: AbortSignal) => Promise<SendResult>;

/** One address and nothing else: no list, no display name, no line break that could start a header. */
const PLAIN_ADDRESS = /^[^\s@,;:<>()[\]\\"]+@[^\s@,;:<>()[\]\\"]+$/;

/** Only the transport in use is loaded: each costs a cold start some tens of milliseconds. */
const transports: Record<EmailConfig['transport'], (config: EmailConfig, aws: AwsConfig) => Promise<MailTransport>> = {
  ses: async (_config, aws) => (await import('./email-ses.ts')).makeSesTransport(aws),
  smtp: async (config) => (await import('./email-smtp.ts')).makeSmtpTransport(config.smtpUrl),
};

const mailOf = (message: OutgoingMessage, from: string): Mail => ({
  notificationId: message.notificationId,
  from,
  to: message.to,
  subject: message.subject.replace(/\p{Cc}+/gu, ' '),
  text: message.body,
  headers: {
    'X-Notification-Id': message.notificationId,
    ...(message.dueAt !== undefined && { 'X-Notification-Due': new Date(message.dueAt).toISOString() }),
  },
});

export const makeEmailChannel = async (config: EmailConfig, aws: AwsConfig): Promise<Channel> => {
  const transport = await transports[config.transport](config, aws);
  return {
    name: 'email',
    send: async (message, { signal }) =>
      PLAIN_ADDRESS.test(message.to)
        ? transport(mailOf(message, config.from), signal)
        : { outcome: 'failed', error: 'invalid_recipient' },
  };
};
