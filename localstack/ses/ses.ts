import { randomUUID } from 'node:crypto';
import { type Answer, awsError, json } from '../http/answer.ts';
import type { Delivered, Inbox } from '../inbox/store.ts';
import { parseMail, type SendEmail } from './mail.ts';
import { makeSesQuery } from './ses-query.ts';

const RECIPIENTS_MAX = 50;
const TAG_PATTERN = /^[A-Za-z0-9_.@-]{1,256}$/;
/** SES has no SMTPUTF8: the local part is ASCII, and a domain is in its ASCII form. */
const ADDRESS_PATTERN = /^(?:[^<>]*<)?[!-;=?A-~]+@[!-;=?A-~]+>?$/;

const recipients = ({ Destination: to = {} }: SendEmail): string[] => [
  ...(to.ToAddresses ?? []),
  ...(to.CcAddresses ?? []),
  ...(to.BccAddresses ?? []),
];

/** Why SES would refuse the request, in its own words as far as known. */
const fault = (request: SendEmail): string | undefined => {
  const { Content: content = {}, FromEmailAddress: from, EmailTags: tags = [] } = request;
  const kinds = [content.Simple, content.Raw, content.Template].filter((kind) => kind !== undefined).length;
  if (kinds !== 1) return 'Exactly one of Simple, Raw and Template must be specified in Content';
  if (content.Template) return 'Templates are not part of the embedded SES';
  if (content.Raw) return content.Raw.Data ? undefined : 'Raw message must contain Data';
  if (!from) return 'Missing required parameter FromEmailAddress';
  if (!ADDRESS_PATTERN.test(from)) return `Missing final '@domain'`;
  if (recipients(request).length === 0) return 'Missing required parameter Destination';
  if (recipients(request).length > RECIPIENTS_MAX) return `Recipient count exceeds ${RECIPIENTS_MAX}`;
  const wrong = recipients(request).find((address) => !ADDRESS_PATTERN.test(address));
  if (wrong !== undefined) return `Invalid email address <${wrong}>`;
  const { Subject: subject, Body: body } = content.Simple ?? {};
  if (subject?.Data === undefined) return 'Missing required parameter Content.Simple.Subject.Data';
  if (body?.Text?.Data === undefined && body?.Html?.Data === undefined)
    return 'Content.Simple.Body must have Text or Html';
  const badTag = tags.find((tag) => !(TAG_PATTERN.test(tag.Name ?? '') && TAG_PATTERN.test(tag.Value ?? '')));
  return badTag && `Invalid tag: ${badTag.Name} must match ${TAG_PATTERN.source}, and so must its value`;
};

/** A header wins over a tag: a tag cannot hold the colons of a time. */
const simple = (request: SendEmail): Delivered => {
  const { Subject, Body, Headers = [] } = request.Content?.Simple ?? {};
  const header = (name: string) => Headers.find((h) => h.Name.toLowerCase() === name.toLowerCase())?.Value;
  const tag = (name: string) => request.EmailTags?.find((t) => t.Name === name)?.Value;
  return {
    channel: 'email',
    to: recipients(request).join(', '),
    subject: Subject?.Data,
    body: Body?.Text?.Data ?? Body?.Html?.Data ?? '',
    html: Body?.Html?.Data,
    headers: [
      ['From', request.FromEmailAddress ?? ''],
      ...Headers.map(({ Name, Value }): [string, string] => [Name, Value]),
    ],
    notificationId: header('X-Notification-Id') ?? tag('notification_id'),
    due: header('X-Notification-Due') ?? tag('due'),
  };
};

const raw = async (request: SendEmail): Promise<Delivered> => {
  const mail = await parseMail(Buffer.from(request.Content?.Raw?.Data ?? '', 'base64'));
  const to = recipients(request);
  return to.length > 0 ? { ...mail, to: to.join(', ') } : mail;
};

/** SES v1 at `/`; of v2 SendEmail into the inbox, and GetAccount for health checks. */
export const makeSes = (inbox: Inbox) => {
  /** Returns why SES would refuse the request. */
  const deliver = async (request: SendEmail): Promise<string | undefined> => {
    const reason = fault(request);
    if (!reason) inbox.add(request.Content?.Raw ? await raw(request) : simple(request));
    return reason;
  };
  const query = makeSesQuery(deliver);

  return async (method: string, path: string, body: string): Promise<Answer> => {
    if (path === '/') return query(body);
    if (method === 'GET' && path === '/v2/email/account')
      return json(200, { SendingEnabled: true, ProductionAccessEnabled: true });
    if (method !== 'POST' || path !== '/v2/email/outbound-emails')
      return awsError(404, 'UnknownOperationException', `${method} ${path} is not part of the embedded SES`);
    let request: SendEmail;
    try {
      request = JSON.parse(body);
    } catch {
      return awsError(400, 'SerializationException', 'The request body is not valid JSON');
    }
    const reason = await deliver(request);
    if (reason) return awsError(400, 'BadRequestException', reason);
    return json(200, { MessageId: randomUUID() });
  };
};
