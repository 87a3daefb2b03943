import { describe, expect, it } from 'vitest';
import { signedFor } from '../testing/signature.ts';
import { useAws } from '../testing/use-aws.ts';

const aws = useAws({ provisioned: false });

/** In the form of the SDKs of SES v1. */
const call = async (parameters: Record<string, string>) => {
  const body = new URLSearchParams({ Version: '2010-12-01', ...parameters });
  const answer = await fetch(aws.endpoint, { method: 'POST', headers: signedFor('ses'), body });
  return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() };
};

const mail = {
  Action: 'SendEmail',
  Source: 'shop@example.com',
  'Destination.ToAddresses.member.1': 'ann@example.com',
  'Destination.ToAddresses.member.2': 'bob@example.com',
  'Destination.CcAddresses.member.1': 'carl@example.com',
  'Message.Subject.Data': 'Fünf & <sechs>',
  'Message.Body.Text.Data': 'Hello\n+ 100 %',
};
const without = (name: string) => Object.fromEntries(Object.entries(mail).filter(([key]) => key !== name));

describe('SES v1', () => {
  it('puts the mail of SendEmail into the inbox', async () => {
    const tag = { 'Tags.member.1.Name': 'notification_id', 'Tags.member.1.Value': 'ntf_1' };
    const answer = await call({ ...mail, ...tag });
    expect([answer.status, answer.type]).toEqual([200, 'text/xml']);
    expect(answer.text).toMatch(
      /<SendEmailResponse xmlns="http:\/\/ses\.amazonaws\.com\/doc\/2010-12-01\/"><SendEmailResult><MessageId>[0-9a-f-]{36}<\/MessageId>/,
    );
    expect(aws.inbox()[0]).toMatchObject({
      channel: 'email',
      to: 'ann@example.com, bob@example.com, carl@example.com',
      subject: 'Fünf & <sechs>',
      body: 'Hello\n+ 100 %',
      notification_id: 'ntf_1',
    });
  });

  it('puts the mail of SendRawEmail into the inbox', async () => {
    const message = 'From: shop@example.com\r\nTo: ann@example.com\r\nSubject: Raw\r\n\r\nText of it\r\n';
    const answer = await call({ Action: 'SendRawEmail', 'RawMessage.Data': Buffer.from(message).toString('base64') });
    expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('<SendRawEmailResult><MessageId>')]);
    expect(aws.inbox()[0]).toMatchObject({ to: 'ann@example.com', subject: 'Raw', body: 'Text of it' });
  });

  it.each([
    ['no source', without('Source'), 'ValidationError', 'Source'],
    ['no subject', without('Message.Subject.Data'), 'ValidationError', 'Message.Subject.Data'],
    ['no body', without('Message.Body.Text.Data'), 'ValidationError', 'Message.Body.Text.Data'],
    [
      'no recipient',
      { ...without('Destination.ToAddresses.member.1'), 'Destination.CcAddresses.member.1': '' },
      'InvalidParameterValue',
      'Invalid email address &lt;&gt;',
    ],
    [
      'an address without domain',
      { ...mail, Source: 'shop' },
      'InvalidParameterValue',
      'Missing final &apos;@domain&apos;',
    ],
    ['no raw message', { Action: 'SendRawEmail' }, 'ValidationError', 'RawMessage.Data'],
    ['another action', { Action: 'VerifyEmailIdentity' }, 'InvalidAction', 'SendEmail and SendRawEmail are'],
  ])('refuses %s, in XML', async (_, parameters, code, message) => {
    const before = aws.inbox().length;
    const { status, type, text } = await call(parameters);
    expect([status, type]).toEqual([400, 'text/xml']);
    expect(text).toContain(`<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code>`);
    expect(text).toContain(message);
    expect(aws.inbox()).toHaveLength(before);
  });

  it('fails in XML while /_local/faults says so', async () => {
    const fault = (mode: string) =>
      fetch(`${aws.endpoint}/_local/faults`, { method: 'POST', body: JSON.stringify({ service: 'ses', mode }) });
    await fault('throttle');
    const { status, text } = await call(mail);
    await fault('off');
    expect([status, text]).toEqual([429, expect.stringContaining('<Code>TooManyRequestsException</Code>')]);
  });
});
