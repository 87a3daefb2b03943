import type { SendResult } from '../channel.ts';

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
