import type { IncomingMessage } from 'node:http';
import { PinpointSMSVoiceV2Client, SendTextMessageCommand } from '@aws-sdk/client-pinpoint-sms-voice-v2';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { makeFaults } from '../faults.ts';
import { type Aws, startAws } from '../testing/stack.ts';
import { clientsFor, temporaryDirectory } from '../testing/temporary-directory.ts';
import { type LocalApiParts, makeLocalApi } from './local-api.ts';

const directory = temporaryDirectory();
let aws: Aws;
let ses: SESv2Client;
let sms: PinpointSMSVoiceV2Client;
beforeAll(async () => {
  aws = await startAws({ dataDir: directory.path, provisioned: false, smtpPort: 0 });
  const { config } = clientsFor(aws.endpoint);
  ses = new SESv2Client(config);
  sms = new PinpointSMSVoiceV2Client(config);
});
afterAll(async () => {
  await aws.close();
  directory.remove();
});
beforeEach(() => aws.server.inbox.clear());

const local = (path: string, init?: RequestInit) => fetch(`${aws.endpoint}/_local/${path}`, init);
const post = (path: string, body: unknown, headers?: Record<string, string>) =>
  local(path, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...(headers && { headers }),
  });
const due = () => new Date(Date.now() - 40).toISOString();

describe('the clock', () => {
  test('is shown, and moves by an ISO 8601 duration', async () => {
    const before = (await (await local('clock')).json()) as { now: string; offset_ms: number };
    const answer = await post('clock', { advance: 'PT1H' });
    expect(answer.status).toBe(200);
    const after = (await answer.json()) as typeof before;
    expect(after.offset_ms - before.offset_ms).toBe(3_600_000);
    expect(Date.parse(after.now) - Date.parse(before.now)).toBeGreaterThanOrEqual(3_600_000);
  });

  test.each([
    [{ advance: '-PT1H' }, '/advance', /negative/],
    [{ advance: 'tomorrow' }, '/advance', /ISO 8601/],
    [{ advance: 'PT0S' }, '/advance', /millisecond/],
    [{ advance: 'P500Y' }, '/advance', /100 years/],
    [{}, '/advance', /string/],
    [{ advance: 'P1D', to: 'x' }, '/to', /not a known field/],
    [{ advance: 'P1D', jump: 'yes' }, '/jump', /true or false/],
  ])('%j is a 400 that names the field and the rule', async (body, pointer, rule) => {
    const answer = await post('clock', body);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(await answer.json()).toMatchObject({
      code: 'validation-failed',
      errors: [{ pointer, detail: expect.stringMatching(rule) }],
    });
  });

  test('makes one advance after the other, and shows how far the one under way goes', async () => {
    const moves: string[] = [];
    const passed = Promise.withResolvers<void>();
    const advance = {
      pass: async (byMs: number) => {
        moves.push(`pass ${byMs}`);
        await passed.promise;
      },
      jump: (byMs: number) => void moves.push(`jump ${byMs}`),
      passingTo: () => Date.parse('2026-12-06T00:00:00Z'),
    };
    const api = makeLocalApi({ clock: aws.server.clock, faults: makeFaults(), advance } as unknown as LocalApiParts);
    const url = new URL('http://local/_local/clock');
    const ask = (method: string, body = '') => api({ method, headers: {} } as IncomingMessage, url, body);
    const answers = ['{"advance":"PT5S"}', '{"advance":"PT1S","jump":true}'].map((body) => ask('POST', body));
    await vi.waitFor(() => expect(moves).toEqual(['pass 5000']));
    expect(JSON.parse((await ask('GET')).body)).toMatchObject({ passing_to: '2026-12-06T00:00:00.000Z' });
    expect(moves).toEqual(['pass 5000']);
    passed.resolve();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200]);
    expect(moves).toEqual(['pass 5000', 'jump 1000']);
  });

  test.each(['', 'null', '[]', '{"advance":'])('the body %j is a 400', async (body) => {
    expect(await (await post('clock', body)).json()).toMatchObject({ status: 400, code: 'malformed-json' });
  });

  test('a page of another site cannot move it', async () => {
    for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
      expect((await post('clock', { advance: 'PT1H' }, headers)).status).toBe(403);
    }
  });

  test('other methods are a 405 that says which are allowed', async () => {
    const answer = await local('clock', { method: 'PUT' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, POST']);
  });
});

describe('the inbox', () => {
  const entry = { notification_id: 'ntf_1', lateness_ms: expect.any(Number), received_at: expect.stringMatching(/Z$/) };

  test('an e-mail by SES', async () => {
    const Headers = [
      { Name: 'X-Notification-Id', Value: 'ntf_1' },
      { Name: 'X-Notification-Due', Value: due() },
    ];
    await ses.send(
      new SendEmailCommand({
        FromEmailAddress: 'us@example.com',
        Destination: { ToAddresses: ['ann@example.com'] },
        Content: { Simple: { Subject: { Data: 'Hello' }, Body: { Text: { Data: 'Text' } }, Headers } },
      }),
    );
    expect(aws.inbox()).toMatchObject([
      { ...entry, channel: 'email', to: 'ann@example.com', subject: 'Hello', body: 'Text' },
    ]);
    expect(aws.inbox()[0]?.lateness_ms).toBeGreaterThanOrEqual(40);
  });

  test('a raw e-mail by SES', async () => {
    const mail = `From: a@b.co\r\nTo: ann@example.com\r\nSubject: =?utf-8?B?R3LDvMOfZQ==?=\r\nX-Notification-Id: ntf_1\r\nX-Notification-Due: ${due()}\r\n\r\nRaw text\r\n`;
    await ses.send(new SendEmailCommand({ Content: { Raw: { Data: Buffer.from(mail) } } }));
    expect(aws.inbox()).toMatchObject([{ ...entry, to: 'ann@example.com', subject: 'Grüße', body: 'Raw text' }]);
  });

  test('an e-mail by SMTP', async () => {
    const transport = createTransport({
      host: '127.0.0.1',
      port: aws.server.smtpPort ?? 0,
      secure: false,
      ignoreTLS: true,
    });
    const headers = { 'X-Notification-Id': 'ntf_1', 'X-Notification-Due': due() };
    await transport.sendMail({
      from: 'us@example.com',
      to: 'bob@example.com',
      subject: 'By SMTP',
      text: 'Text',
      headers,
    });
    transport.close();
    expect(aws.inbox()).toMatchObject([
      { ...entry, channel: 'email', to: 'bob@example.com', subject: 'By SMTP', body: 'Text' },
    ]);
  });

  test('an SMS', async () => {
    const Context = { notification_id: 'ntf_1', due: due() };
    await sms.send(
      new SendTextMessageCommand({ DestinationPhoneNumber: '+4915112345678', MessageBody: 'Hi', Context }),
    );
    expect(aws.inbox()).toMatchObject([{ ...entry, channel: 'sms', to: '+4915112345678', subject: null, body: 'Hi' }]);
  });

  test('an SMS of the greatest length', async () => {
    for (const MessageBody of ['x'.repeat(1_530), '€'.repeat(765), 'ж'.repeat(630)])
      await sms.send(new SendTextMessageCommand({ DestinationPhoneNumber: '+4915112345678', MessageBody }));
    expect(aws.inbox()).toHaveLength(3);
  });

  test('a webhook, and a receiver that plays a failing one', async () => {
    const body = JSON.stringify({
      type: 'user.signup',
      data: { notification_id: 'ntf_1', send_at: due(), subject: 'S' },
    });
    expect((await post('inbox/webhook/a/b', body)).status).toBe(200);
    expect((await post('inbox/webhook?status=503', body)).status).toBe(503);
    expect((await post('inbox/webhook?status=42', body)).status).toBe(400);
    expect((await post('inbox/webhook', 'not JSON')).status).toBe(200);
    expect(aws.inbox()).toMatchObject([
      { body: 'not JSON', earlier: 0 },
      { ...entry, subject: 'S', earlier: 1 },
      { ...entry, channel: 'webhook', body, earlier: 0 },
    ]);
  });

  test('is JSON for programs, newest first, by limit, channel and notification; DELETE empties it', async () => {
    for (let index = 0; index < 3; index += 1) await post('inbox/webhook', `{"data":{"notification_id":"n${index}"}}`);
    const read = async (query: string) =>
      (await (await local(`inbox${query}`, { headers: { accept: 'application/json' } })).json()) as {
        notification_id: string;
      }[];
    expect((await read('')).map((row) => row.notification_id)).toEqual(['n2', 'n1', 'n0']);
    expect(await read('?limit=1')).toHaveLength(1);
    expect(await read('?channel=sms')).toEqual([]);
    expect((await read('?notification_id=n1')).map((row) => row.notification_id)).toEqual(['n1']);
    expect(await read('?limit=5000')).toMatchObject({ status: 400, code: 'validation-failed' });
    expect((await local('inbox', { method: 'DELETE' })).status).toBe(204);
    expect(await read('')).toEqual([]);
  });

  test('keeps the headers of a webhook, its signature among them', async () => {
    const headers = { 'webhook-id': 'ntf_9', 'webhook-timestamp': '1', 'webhook-signature': 'v1,abc', 'x-own': 'mine' };
    await post('inbox/webhook', '{}', headers);
    expect(aws.inbox()[0]?.headers).toEqual(expect.arrayContaining(Object.entries(headers)));
    expect(aws.inbox()[0]?.html).toBeNull();
  });

  test('keeps HTML, text and headers of an e-mail, by SES and raw', async () => {
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
    expect(aws.inbox()).toMatchObject([
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
    expect(aws.inbox()[0]?.headers).toContainEqual(['X-Long', 'one two']);
  });

  test('serves the HTML of an e-mail alone in a sandbox, in which no script runs and nothing is fetched', async () => {
    const Content = { Simple: { Subject: { Data: 'S' }, Body: { Html: { Data: '<script>alert(1)</script>' } } } };
    const Destination = { ToAddresses: ['ann@example.com'] };
    await ses.send(new SendEmailCommand({ FromEmailAddress: 'us@example.com', Destination, Content }));
    const answer = await local(`inbox/${aws.inbox()[0]?.id}/html`);
    expect([answer.status, await answer.text()]).toEqual([200, '<script>alert(1)</script>']);
    const policy = (answer.headers.get('content-security-policy') ?? '').split('; ');
    expect(policy).toEqual(expect.arrayContaining(['sandbox', "default-src 'none'", "frame-ancestors 'self'"]));
    await post('inbox/webhook', '{}');
    for (const id of [aws.inbox()[0]?.id, 99_999, '1e3']) expect((await local(`inbox/${id}/html`)).status).toBe(404);
  });

  test('is searched by subject, recipient, text and notification id, in which % and _ are themselves', async () => {
    const bodies = [
      { data: { notification_id: 'ntf_abc', subject: 'Invoice 100%' } },
      { data: { notification_id: 'ntfXabc', subject: 'Other', body: 'The invoice is late' } },
    ];
    for (const body of bodies) await post('inbox/webhook/target', body);
    const found = async (search: string) => {
      const query = new URLSearchParams({ search });
      const answer = await local(`inbox?${query}`, { headers: { accept: 'application/json' } });
      const entries = (await answer.json()) as { notification_id: string }[];
      expect(answer.headers.get('x-total-count')).toBe(String(entries.length));
      return entries.map(({ notification_id }) => notification_id);
    };
    expect(await found('invoice')).toEqual(['ntfXabc', 'ntf_abc']);
    expect(await found('100%')).toEqual(['ntf_abc']);
    expect(await found('ntf_a')).toEqual(['ntf_abc']);
    expect(await found('webhook/target')).toHaveLength(2);
    expect(await found("' OR 1=1 --")).toEqual([]);
    const tooLong = await local(`inbox?search=${'x'.repeat(201)}`, { headers: { accept: 'application/json' } });
    expect(await tooLong.json()).toMatchObject({ status: 400, errors: [{ pointer: '/search' }] });
  });

  test('is a page for browsers that holds no data and allows only its own script', async () => {
    await post('inbox/webhook', '<script>alert(1)</script>');
    const answer = await local('inbox', { headers: { accept: 'text/html,application/xhtml+xml' } });
    const page = await answer.text();
    const policy = answer.headers.get('content-security-policy') ?? '';
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? 'none';
    expect(policy).toContain("default-src 'none'");
    expect(page).not.toContain('alert(1)');
    expect(page.match(/<script[^>]*>/g)).toEqual([`<script nonce="${nonce}">`]);
    expect(page).not.toContain('%nonce%');
  });
});

describe('what SES and SMS refuse', () => {
  const email = (change: object) =>
    ses.send(
      new SendEmailCommand({
        FromEmailAddress: 'us@example.com',
        Destination: { ToAddresses: ['ann@example.com'] },
        Content: { Simple: { Subject: { Data: 'S' }, Body: { Text: { Data: 'T' } } } },
        ...change,
      }),
    );

  test.each([
    [{ Destination: { ToAddresses: ['nonsense'] } }],
    [{ Destination: { ToAddresses: ['zoe@bücher.example'] } }],
    [{ Destination: { ToAddresses: ['zoë@example.com'] } }],
    [{ Destination: {} }],
    [{ FromEmailAddress: undefined }],
    [{ Content: {} }],
    [{ EmailTags: [{ Name: 'a b', Value: 'c' }] }],
  ])('SES: %j', async (change) => {
    await expect(email(change)).rejects.toMatchObject({ name: 'BadRequestException' });
    expect(aws.inbox()).toEqual([]);
  });

  test.each([
    { DestinationPhoneNumber: 'nonsense', MessageBody: 'x' },
    { DestinationPhoneNumber: '+4915112345678', MessageBody: 'x'.repeat(1_531) },
    { DestinationPhoneNumber: '+4915112345678', MessageBody: '€'.repeat(766) },
    { DestinationPhoneNumber: '+4915112345678', MessageBody: 'ж'.repeat(631) },
    { DestinationPhoneNumber: '+4915112345678' },
  ])('SMS: %#', async (request) => {
    await expect(sms.send(new SendTextMessageCommand(request))).rejects.toMatchObject({ name: 'ValidationException' });
    expect(aws.inbox()).toEqual([]);
  });
});

describe('faults', () => {
  const send = () =>
    sms.send(new SendTextMessageCommand({ DestinationPhoneNumber: '+4915112345678', MessageBody: 'x' }));

  test.each([
    ['error', { name: 'InternalServerError' }],
    ['throttle', { name: 'ThrottlingException' }],
    ['drop', { code: 'ECONNRESET' }],
  ])('%s', async (mode, error) => {
    expect((await post('faults', { service: 'sms', mode })).status).toBe(200);
    await expect(send()).rejects.toMatchObject(error);
    expect(await (await local('faults')).json()).toMatchObject([{ service: 'sms', mode, rate: 1 }]);
    await local('faults', { method: 'DELETE' });
    await send();
  });

  test('slow, for a while', async () => {
    await post('faults', { service: 'sms', mode: 'slow', delay_ms: 2_100, for_ms: 2_000 });
    const startedAt = performance.now();
    await send();
    expect(performance.now() - startedAt).toBeGreaterThan(2_000);
    expect(await (await local('faults')).json()).toEqual([]);
  });

  test.each([
    { service: 's3', mode: 'error' },
    { service: 'sqs', mode: 'x' },
    { service: 'sqs', mode: 'error', rate: 2 },
  ])('%j is refused', async (fault) => {
    expect((await post('faults', fault)).status).toBe(400);
  });
});
