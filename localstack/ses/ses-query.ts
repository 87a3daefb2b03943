import { randomUUID } from 'node:crypto';
import type { Answer } from '../http/answer.ts';
import { queryAnswer, queryError } from '../http/xml.ts';
import type { SendEmail } from './mail.ts';

const NAMESPACE = 'http://ses.amazonaws.com/doc/2010-12-01/';
const ACTIONS = ['SendEmail', 'SendRawEmail'];

/** `Prefix.member.1`, `Prefix.member.2` and so on, until `read` returns undefined. */
const membersOf = <T>(prefix: string, read: (member: string) => T | undefined): T[] => {
  const members: T[] = [];
  for (let index = 1; ; index += 1) {
    const member = read(`${prefix}.member.${index}`);
    if (member === undefined) return members;
    members.push(member);
  }
};

const readerOf = (form: URLSearchParams) => {
  const text = (name: string): string | undefined => form.get(name) ?? undefined;
  const texts = (prefix: string): string[] => membersOf(prefix, text);
  const data = (name: string) => {
    const Data = text(`${name}.Data`);
    return Data === undefined ? {} : { [name.split('.').at(-1) ?? '']: { Data } };
  };
  const tags = () =>
    membersOf('Tags', (member) => {
      const [Name, Value] = [text(`${member}.Name`), text(`${member}.Value`)];
      return Name === undefined && Value === undefined ? undefined : { Name: Name ?? '', Value: Value ?? '' };
    });
  return { text, texts, data, tags };
};
type Reader = ReturnType<typeof readerOf>;

const readSendEmail = ({ text, texts, data, tags }: Reader): SendEmail => {
  const from = text('Source');
  return {
    ...(from !== undefined && { FromEmailAddress: from }),
    Destination: {
      ToAddresses: texts('Destination.ToAddresses'),
      CcAddresses: texts('Destination.CcAddresses'),
      BccAddresses: texts('Destination.BccAddresses'),
    },
    Content: {
      Simple: {
        ...data('Message.Subject'),
        Body: { ...data('Message.Body.Text'), ...data('Message.Body.Html') },
      },
    },
    EmailTags: tags(),
  };
};

const readSendRawEmail = ({ text, texts, tags }: Reader): SendEmail => {
  const from = text('Source');
  return {
    ...(from !== undefined && { FromEmailAddress: from }),
    Destination: { ToAddresses: texts('Destinations') },
    Content: { Raw: { Data: text('RawMessage.Data') ?? '' } },
    EmailTags: tags(),
  };
};

/** The first required parameter that is missing, by its name in SES v1. */
const missingFrom = (action: string, { text, texts }: Reader): string | undefined => {
  if (action === 'SendRawEmail') return text('RawMessage.Data') ? undefined : 'RawMessage.Data';
  const recipients = ['To', 'Cc', 'Bcc'].flatMap((kind) => texts(`Destination.${kind}Addresses`));
  const parts: [string, unknown][] = [
    ['Source', text('Source')],
    ['Destination', recipients[0]],
    ['Message.Subject.Data', text('Message.Subject.Data')],
    [
      'Message.Body.Text.Data or Message.Body.Html.Data',
      text('Message.Body.Text.Data') ?? text('Message.Body.Html.Data'),
    ],
  ];
  return parts.find(([, value]) => value === undefined)?.[0];
};

/**
 * SES v1 in the query protocol (docs.aws.amazon.com/ses/latest/APIReference): SendEmail and
 * SendRawEmail.
 * @param deliver accepts the request in the form of SES v2, and returns why SES would refuse it
 */
export const makeSesQuery =
  (deliver: (request: SendEmail) => Promise<string | undefined>) =>
  async (body: string): Promise<Answer> => {
    const form = new URLSearchParams(body);
    const action = form.get('Action') ?? '';
    if (!ACTIONS.includes(action))
      return queryError(
        400,
        'InvalidAction',
        `${action} is not part of the local SES v1; ${ACTIONS.join(' and ')} are`,
      );
    const reader = readerOf(form);
    const missing = missingFrom(action, reader);
    if (missing) return queryError(400, 'ValidationError', `Missing required parameter ${missing}`);
    const reason = await deliver(action === 'SendEmail' ? readSendEmail(reader) : readSendRawEmail(reader));
    if (reason) return queryError(400, 'InvalidParameterValue', reason);
    return queryAnswer(NAMESPACE, action, `<MessageId>${randomUUID()}</MessageId>`);
  };
