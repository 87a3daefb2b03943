import type { AddressInfo, Socket } from 'node:net';
import { domainToUnicode } from 'node:url';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, describe, expect, it } from 'vitest';
import { type AwsAnswer, makeAws } from '../aws/aws.testing.ts';
import type { OutgoingMessage } from '../channel.ts';
import type { Received } from '../http-client/receiver.testing.ts';
import { makeEmailChannel } from './send.ts';

process.env.AWS_ACCESS_KEY_ID = 'test';
process.env.AWS_SECRET_ACCESS_KEY = 'test';

const never = new AbortController().signal;
const from = 'notifications@example.com';
const opened: { close: () => unknown }[] = [];

const message: OutgoingMessage = {
  notificationId: 'ntf_01h455vb4pex5vsknk084sn02q',
  tenant: 'default',
  to: 'zoe@example.net',
  subject: 'Grüße, Zoë 🎉',
  body: 'Hello Zoë,\n\n.\n<b>not html</b>',
  payload: '{}',
  dueAt: Date.UTC(2027, 0, 15, 8),
};

afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
});

const hostile = [
  'a@example.net,b@example.net',
  'a@example.net\r\nBcc: b@example.net',
  'A <a@example.net>',
  'a@b@example.net',
  'a',
  'a@\u00e4 b.example',
  'a@\u00e4%0d%0aBcc',
];

/** As it was given, and as it is in the envelope. */
const spelled: [string, string][] = [
  ['zoe&co@example.net', 'zoe&co@example.net'],
  ["o'neil=x/y@example.net", "o'neil=x/y@example.net"],
  ['zoe@bücher.example', 'zoe@xn--bcher-kva.example'],
  ['zoe@пример.испытание', 'zoe@xn--e1afmkfd.xn--80akhbyknj4f'],
  ['zoe@xn--bcher-kva.example', 'zoe@xn--bcher-kva.example'],
];

describe('by SES', () => {
  const ses = async (answer: (call: Received, number: number) => AwsAnswer) => {
    const aws = await makeAws(answer);
    opened.push(aws);
    return { ...aws, channel: await makeEmailChannel({ transport: 'ses', from }, aws.config) };
  };

  it('is sent once, as plain UTF-8 text, with the notification in headers and tags', async () => {
    const { channel, received } = await ses(() => ({ status: 200, body: { MessageId: 'm-1' } }));
    expect(await channel.send(message, { signal: never })).toEqual({ outcome: 'sent', httpStatus: 200 });
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({ method: 'POST', url: '/v2/email/outbound-emails' });
    expect(JSON.parse(received[0]?.body ?? '')).toEqual({
      FromEmailAddress: from,
      Destination: { ToAddresses: ['zoe@example.net'] },
      Content: {
        Simple: {
          Subject: { Data: 'Grüße, Zoë 🎉', Charset: 'UTF-8' },
          Body: { Text: { Data: message.body, Charset: 'UTF-8' } },
          Headers: [
            { Name: 'Auto-Submitted', Value: 'auto-generated' },
            { Name: 'X-Auto-Response-Suppress', Value: 'All' },
            { Name: 'X-Notification-Id', Value: message.notificationId },
            { Name: 'X-Notification-Due', Value: '2027-01-15T08:00:00.000Z' },
          ],
        },
      },
      EmailTags: [{ Name: 'notification_id', Value: message.notificationId }],
    });
  });

  it.each([
    ['MessageRejected', 'message_rejected'],
    ['MailFromDomainNotVerifiedException', 'mail_from_domain_not_verified'],
    ['BadRequestException', 'bad_request'],
  ])('fails for good on %s', async (error, code) => {
    const { channel } = await ses(() => ({
      status: 400,
      error,
      body: { message: 'Address zoe@example.net is not verified' },
    }));
    expect(await channel.send(message, { signal: never })).toEqual({ outcome: 'failed', error: code, httpStatus: 400 });
  });

  it.each<[AwsAnswer, object]>([
    [
      { status: 429, error: 'TooManyRequestsException' },
      { error: 'too_many_requests', httpStatus: 429 },
    ],
    [
      { status: 400, error: 'ThrottlingException' },
      { error: 'throttling', httpStatus: 400 },
    ],
    [
      { status: 400, error: 'SendingPausedException' },
      { error: 'sending_paused', httpStatus: 400 },
    ],
    [
      { status: 403, error: 'ExpiredTokenException' },
      { error: 'expired_token', httpStatus: 403 },
    ],
    [
      { status: 500, error: 'InternalServiceErrorException' },
      { error: 'internal_service_error', httpStatus: 500 },
    ],
    ['close', { error: 'connection_reset' }],
  ])('is tried again after %j', async (answer, expected) => {
    const { channel } = await ses(() => answer);
    expect(await channel.send(message, { signal: never })).toEqual({ outcome: 'retry', ...expected });
  });

  it.each([429, 500, 503])(
    'answered %i is left to our own retries, which are on record: one call, never two',
    async (status) => {
      const { channel, received } = await ses(() => ({ status, error: 'TooManyRequestsException' }));
      expect(await channel.send(message, { signal: never })).toMatchObject({ outcome: 'retry' });
      expect(received).toHaveLength(1);
    },
  );

  it('is timeout when the signal aborts, and is not repeated', async () => {
    const abort = new AbortController();
    const { channel, received } = await ses(() => {
      setImmediate(() => abort.abort());
      return 'hang';
    });
    expect(await channel.send(message, { signal: abort.signal })).toEqual({ outcome: 'retry', error: 'timeout' });
    expect(received).toHaveLength(1);
  });

  it('is connection_refused when nothing listens', async () => {
    const { channel, close } = await ses(() => 'hang');
    await close();
    expect(await channel.send(message, { signal: never })).toEqual({ outcome: 'retry', error: 'connection_refused' });
  });

  it.each(spelled)('to %s goes to %s', async (to, address) => {
    const { channel, received } = await ses(() => ({ status: 200, body: { MessageId: 'm-1' } }));
    expect(await channel.send({ ...message, to }, { signal: never })).toMatchObject({ outcome: 'sent' });
    expect(JSON.parse(received[0]?.body ?? '').Destination).toEqual({ ToAddresses: [address] });
  });

  it.each(hostile)('refuses the recipient %j without a call', async (to) => {
    const { channel, received } = await ses(() => ({ status: 200 }));
    expect(await channel.send({ ...message, to }, { signal: never })).toEqual({
      outcome: 'failed',
      error: 'invalid_recipient',
    });
    expect(received).toEqual([]);
  });
});

describe('by SMTP', () => {
  const refuse = (responseCode: number) => Object.assign(new Error('No'), { responseCode });

  const smtp = async (options: SMTPServerOptions = {}, credentials = '') => {
    const mails: { mail: ParsedMail; raw: string; to: string[] }[] = [];
    let connections = 0;
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onConnect: (_session, done) => {
        connections++;
        done();
      },
      onData: async (stream, session, done) => {
        const chunks: Buffer[] = [];
        for await (const chunk of stream) chunks.push(chunk);
        const raw = Buffer.concat(chunks).toString();
        mails.push({ raw, mail: await simpleParser(raw), to: session.envelope.rcptTo.map(({ address }) => address) });
        done();
      },
      ...options,
    });
    server.on('error', () => {}); // clients that go away
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const sockets: Socket[] = [];
    server.server.on('connection', (socket: Socket) => sockets.push(socket));
    const close = () => {
      for (const socket of sockets) socket.destroy();
      return new Promise<void>((resolve) => server.close(resolve));
    };
    opened.push({ close });
    const { port } = server.server.address() as AddressInfo;
    const smtpUrl = `smtp://${credentials}127.0.0.1:${port}`;
    const channel = await makeEmailChannel({ transport: 'smtp', from, smtpUrl }, { region: 'eu-west-1' });
    return { channel, mails, close, connections: () => connections };
  };

  it('is sent as plain UTF-8 text with the notification in its headers', async () => {
    const { channel, mails } = await smtp();
    expect(await channel.send(message, { signal: never })).toEqual({ outcome: 'sent' });
    const [{ mail, to }] = mails as [(typeof mails)[number]];
    expect(to).toEqual(['zoe@example.net']);
    expect({ subject: mail.subject, text: mail.text?.trimEnd(), html: mail.html }).toEqual({
      subject: message.subject,
      text: message.body,
      html: false,
    });
    expect(mail.from?.text).toBe(from);
    expect(mail.headers.get('auto-submitted')).toBe('auto-generated');
    expect(mail.headers.get('x-auto-response-suppress')).toBe('All');
    expect(mail.headers.get('x-notification-id')).toBe(message.notificationId);
    expect(mail.headers.get('x-notification-due')).toBe('2027-01-15T08:00:00.000Z');
  });

  it('has the same Message-ID on every attempt, and one connection for all', async () => {
    const { channel, mails, connections } = await smtp();
    await channel.send(message, { signal: never });
    await channel.send(message, { signal: never });
    expect(mails.map(({ mail }) => mail.messageId)).toEqual(Array(2).fill(`<${message.notificationId}@example.com>`));
    expect(connections()).toBe(1);
  });

  it('cannot be given a header by its subject or body', async () => {
    const { channel, mails } = await smtp();
    const subject = 'Hi\r\nBcc: victim@example.org\r\n\r\nInjected';
    await channel.send(
      { ...message, subject, body: 'Bcc: victim@example.org\r\n.\r\nMAIL FROM:<x@y.z>' },
      { signal: never },
    );
    expect(mails).toHaveLength(1);
    expect(mails[0]?.to).toEqual(['zoe@example.net']);
    expect(mails[0]?.mail.bcc).toBeUndefined();
    expect(mails[0]?.mail.subject).toBe('Hi Bcc: victim@example.org Injected');
  });

  it.each(spelled)('to %s goes to %s', async (to, address) => {
    const { channel, mails } = await smtp();
    expect(await channel.send({ ...message, to }, { signal: never })).toEqual({ outcome: 'sent' });
    expect(mails[0]?.raw).toContain(`\r\nTo: ${address}\r\n`);
    // This server shows the addresses of its envelope in Unicode.
    expect(mails[0]?.to).toEqual([`${address.split('@')[0]}@${domainToUnicode(address.split('@')[1] ?? '')}`]);
  });

  it.each(hostile)('refuses the recipient %j without a connection', async (to) => {
    const { channel, connections } = await smtp();
    expect(await channel.send({ ...message, to }, { signal: never })).toEqual({
      outcome: 'failed',
      error: 'invalid_recipient',
    });
    expect(connections()).toBe(0);
  });

  it.each([
    [550, 'failed'],
    [553, 'failed'],
    [503, 'retry'],
    [450, 'retry'],
    [451, 'retry'],
    [421, 'retry'],
  ])('a recipient answered with %i is %s', async (code, outcome) => {
    const { channel } = await smtp({ onRcptTo: (_address, _session, done) => done(refuse(code)) });
    expect(await channel.send(message, { signal: never })).toEqual({ outcome, error: `smtp_${code}` });
  });

  it.each([
    [552, 'failed'],
    [554, 'failed'],
    [452, 'retry'],
  ])('content answered with %i is %s', async (code, outcome) => {
    const onData: SMTPServerOptions['onData'] = (stream, _session, done) =>
      stream.resume().on('end', () => done(refuse(code)));
    const { channel } = await smtp({ onData });
    expect(await channel.send(message, { signal: never })).toEqual({ outcome, error: `smtp_${code}` });
  });

  it('is tried again when our own credentials are refused', async () => {
    const options: SMTPServerOptions = {
      allowInsecureAuth: true,
      onAuth: (_auth, _session, done) => done(refuse(535)),
    };
    const { channel } = await smtp(options, 'user:wrong@');
    expect(await channel.send(message, { signal: never })).toEqual({ outcome: 'retry', error: 'smtp_535' });
  });

  it('is connection_refused when nothing listens', async () => {
    const { channel, close } = await smtp();
    await close();
    expect(await channel.send(message, { signal: never })).toEqual({ outcome: 'retry', error: 'connection_refused' });
  });

  it('is timeout when the server hangs until the signal aborts', async () => {
    const abort = new AbortController();
    const { channel } = await smtp({ onData: () => abort.abort() });
    expect(await channel.send(message, { signal: abort.signal })).toEqual({ outcome: 'retry', error: 'timeout' });
  });
});
