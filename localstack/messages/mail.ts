import type { AddressObject, ParsedMail } from 'mailparser';
import type { Delivered } from '../inbox/store.ts';

const addresses = (field: AddressObject | AddressObject[] | undefined): string[] =>
  [field ?? []].flat().flatMap(({ value }) => value.map(({ address }) => address ?? ''));

const header = (mail: ParsedMail, name: string): string | undefined => {
  const value = mail.headers.get(name);
  return typeof value === 'string' ? value : undefined;
};

/** Reads a MIME message for the inbox. The parser is loaded by the first one, so that the stack starts without it. */
export const parseMail = async (source: Buffer): Promise<Delivered> => {
  const { simpleParser } = await import('mailparser');
  const mail = await simpleParser(source, { skipImageLinks: true });
  return {
    channel: 'email',
    to: [...addresses(mail.to), ...addresses(mail.cc)].join(', '),
    subject: mail.subject,
    body: (mail.text ?? (mail.html || '')).trimEnd(),
    notificationId: header(mail, 'x-notification-id'),
    due: header(mail, 'x-notification-due'),
  };
};
