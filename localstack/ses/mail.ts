import type { AddressObject, ParsedMail } from 'mailparser';
import type { Delivered, Header } from '../inbox/store.ts';

const addresses = (field: AddressObject | AddressObject[] | undefined): string[] =>
  [field ?? []].flat().flatMap(({ value }) => value.map(({ address }) => address ?? ''));

const header = (mail: ParsedMail, name: string): string | undefined => {
  const value = mail.headers.get(name);
  return typeof value === 'string' ? value : undefined;
};

/** Folded lines are joined (RFC 5322, 2.2.3). */
const headersOf = ({ headerLines }: ParsedMail): Header[] =>
  headerLines.map(({ line }) => {
    const colon = line.indexOf(':');
    return [
      line.slice(0, colon),
      line
        .slice(colon + 1)
        .replace(/\r?\n(?=[ \t])/g, '')
        .trim(),
    ];
  });

/** Parses a MIME message. The parser is loaded at the first one, for a quick start. */
export const parseMail = async (source: Buffer): Promise<Delivered> => {
  const { simpleParser } = await import('mailparser');
  const mail = await simpleParser(source, { skipImageLinks: true });
  return {
    channel: 'email',
    to: [...addresses(mail.to), ...addresses(mail.cc)].join(', '),
    subject: mail.subject,
    body: (mail.text ?? (mail.html || '')).trimEnd(),
    html: mail.html || undefined,
    headers: headersOf(mail),
    notificationId: header(mail, 'x-notification-id'),
    due: header(mail, 'x-notification-due'),
  };
};

/** What the inbox reads of SendEmail (docs.aws.amazon.com/ses/latest/APIReference-V2). */
export interface SendEmail {
  FromEmailAddress?: string;
  Destination?: { ToAddresses?: string[]; CcAddresses?: string[]; BccAddresses?: string[] };
  Content?: {
    Simple?: {
      Subject?: { Data?: string };
      Body?: { Text?: { Data?: string }; Html?: { Data?: string } };
      Headers?: { Name: string; Value: string }[];
    };
    Raw?: { Data?: string };
    Template?: unknown;
  };
  EmailTags?: { Name?: string; Value?: string }[];
}
