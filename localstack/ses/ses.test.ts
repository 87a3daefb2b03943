import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { createTransport } from 'nodemailer';
import { beforeAll, describe, expect, it } from 'vitest';
import { clientsFor } from '../testing/temporary-directory.ts';
import { dueNow, useLocalApi } from '../testing/use-local-api.ts';

const api = useLocalApi();
let ses: SESv2Client;
beforeAll(() => {
  ses = new SESv2Client(clientsFor(api.aws.endpoint).config);
});

describe('SES v2', () => {
  const entry = { notification_id: 'ntf_1', lateness_ms: expect.any(Number), received_at: expect.stringMatching(/Z$/) };

  it('puts an e-mail into the inbox, with its lateness', async () => {
    const Headers = [
      { Name: 'X-Notification-Id', Value: 'ntf_1' },
      { Name: 'X-Notification-Due', Value: dueNow() },
    ];
    await ses.send(
      new SendEmailCommand({
        FromEmailAddress: 'us@example.com',
        Destination: { ToAddresses: ['ann@example.com'] },
        Content: { Simple: { Subject: { Data: 'Hello' }, Body: { Text: { Data: 'Text' } }, Headers } },
      }),
    );
    expect(api.aws.inbox()).toMatchObject([
      { ...entry, channel: 'email', to: 'ann@example.com', subject: 'Hello', body: 'Text' },
    ]);
    expect(api.aws.inbox()[0]?.lateness_ms).toBeGreaterThanOrEqual(40);
  });

  it('reads a raw e-mail', async () => {
    const mail = `From: a@b.co\r\nTo: ann@example.com\r\nSubject: =?utf-8?B?R3LDvMOfZQ==?=\r\nX-Notification-Id: ntf_1\r\nX-Notification-Due: ${dueNow()}\r\n\r\nRaw text\r\n`;
    await ses.send(new SendEmailCommand({ Content: { Raw: { Data: Buffer.from(mail) } } }));
    expect(api.aws.inbox()).toMatchObject([{ ...entry, to: 'ann@example.com', subject: 'Grüße', body: 'Raw text' }]);
  });

  it('accepts an e-mail by SMTP', async () => {
    const transport = createTransport({
      host: '127.0.0.1',
      port: api.aws.server.smtpPort ?? 0,
      secure: false,
      ignoreTLS: true,
    });
    const headers = { 'X-Notification-Id': 'ntf_1', 'X-Notification-Due': dueNow() };
    await transport.sendMail({
      from: 'us@example.com',
      to: 'bob@example.com',
      subject: 'By SMTP',
      text: 'Text',
      headers,
    });
    transport.close();
    expect(api.aws.inbox()).toMatchObject([
      { ...entry, channel: 'email', to: 'bob@example.com', subject: 'By SMTP', body: 'Text' },
    ]);
  });

  it('stores HTML, text and headers, also of a raw e-mail', async () => {
    const Content = {
      Simple: {
        Subject: { Data: 'S' },
        Body: { Text: { Data: 'Plain' }, Html: { Data: '<b>Bold</b>' } },
        Headers: [{ Name: 'Auto-Submitted', Value: 'auto-generated' }],
      },
    };
    const Destination = { ToAddresses: ['ann@example.com'] };
    await ses.send(new SendEmailCommand({ FromEmailAddress: 'us@example.com', Destination, Content }));
    const parts = ['text/plain', 'text/html'].map((type) => `--x\r\nContent-Type: ${type}\r\n\r\n<b>${type}</b>\r\n`);
    const raw = `From: a@b.co\r\nTo: c@d.co\r\nX-Long: one\r\n two\r\nContent-Type: multipart/alternative; boundary=x\r\n\r\n${parts.join('')}--x--\r\n`;
    await ses.send(new SendEmailCommand({ Content: { Raw: { Data: Buffer.from(raw) } } }));
    expect(api.aws.inbox()).toMatchObject([
      { body: '<b>text/plain</b>', html: expect.stringContaining('<b>text/html</b>') },
      {
        body: 'Plain',
        html: '<b>Bold</b>',
        headers: [
          ['From', 'us@example.com'],
          ['Auto-Submitted', 'auto-generated'],
        ],
      },
    ]);
    expect(api.aws.inbox()[0]?.headers).toContainEqual(['X-Long', 'one two']);
  });

  const email = (change: object) =>
    ses.send(
      new SendEmailCommand({
        FromEmailAddress: 'us@example.com',
        Destination: { ToAddresses: ['ann@example.com'] },
        Content: { Simple: { Subject: { Data: 'S' }, Body: { Text: { Data: 'T' } } } },
        ...change,
      }),
    );

  it.each([
    [{ Destination: { ToAddresses: ['nonsense'] } }],
    [{ Destination: { ToAddresses: ['zoe@bücher.example'] } }],
    [{ Destination: { ToAddresses: ['zoë@example.com'] } }],
    [{ Destination: {} }],
    [{ FromEmailAddress: undefined }],
    [{ Content: {} }],
    [{ EmailTags: [{ Name: 'a b', Value: 'c' }] }],
  ])('refuses %j', async (change) => {
    await expect(email(change)).rejects.toMatchObject({ name: 'BadRequestException' });
    expect(api.aws.inbox()).toEqual([]);
  });
});
