/** SMTP by nodemailer, over a few connections that are kept. */
import { getSystemErrorName } from 'node:util';
import { createTransport } from 'nodemailer';
import type { SendResult } from '../channel.ts';
import { networkError } from '../http-client/failure.ts';
import type { Mail, MailTransport } from './mail.ts';

const POOL = {
  pool: true,
  maxConnections: 5,
  connectionTimeout: 5_000,
  greetingTimeout: 5_000,
  dnsTimeout: 5_000,
  /** Above every channel timeout: the signal ends a late delivery. */
  socketTimeout: 30_000,
  disableFileAccess: true,
  disableUrlAccess: true,
} as const;

interface SmtpError {
  code?: string;
  /** The server's reply, e.g. 550. */
  responseCode?: number;
  errno?: number;
}

/**
 * RFC 5321: 5yz about sender, recipient or content is for good, except 503 (bad sequence), which is
 * about the session; 4yz passes.
 */
const isHopeless = ({ code, responseCode = 0 }: SmtpError): boolean =>
  (code === 'EENVELOPE' || code === 'EMESSAGE') && responseCode >= 500 && responseCode < 600 && responseCode !== 503;

const failure = (error: unknown, signal: AbortSignal): SendResult => {
  const smtp = error as SmtpError;
  if (signal.aborted) return { outcome: 'retry', error: 'timeout' };
  if (smtp.responseCode) return { outcome: isHopeless(smtp) ? 'failed' : 'retry', error: `smtp_${smtp.responseCode}` };
  // Nodemailer puts its own code over the system's.
  const system = typeof smtp.errno === 'number' ? { code: getSystemErrorName(smtp.errno) } : undefined;
  return { outcome: 'retry', error: networkError({ code: smtp.code, cause: system }) };
};

/** Every attempt carries the same Message-ID, by which mail servers and clients recognise a duplicate. */
const messageId = ({ notificationId, from }: Mail): string =>
  `<${notificationId}@${from.slice(from.lastIndexOf('@') + 1)}>`;

/** Throws when `url` is missing. */
export const makeSmtpTransport = (url: string | undefined): MailTransport => {
  if (!url) throw new Error('E-mail by SMTP needs SMTP_URL');
  const transporter = createTransport({ ...POOL, url });
  return async (mail, signal) => {
    const { from, to, subject, text, headers } = mail;
    try {
      // As an object, an address is taken as it is and not parsed as a list.
      const recipient = { name: '', address: to };
      await transporter.sendMail({ from, to: recipient, subject, text, headers, messageId: messageId(mail), signal });
      return { outcome: 'sent' };
    } catch (error) {
      return failure(error, signal);
    }
  };
};
