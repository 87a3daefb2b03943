import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { describe, expect, it } from 'vitest';
import { clientsFor } from '../testing/temporary-directory.ts';
import { dueNow, useLocalApi } from '../testing/use-local-api.ts';

const api = useLocalApi();

describe('the inbox', () => {
  const entry = { notification_id: 'ntf_1', lateness_ms: expect.any(Number), received_at: expect.stringMatching(/Z$/) };

  it('takes webhooks, and answers the status that was asked for', async () => {
    const body = JSON.stringify({
      type: 'user.signup',
      data: { notification_id: 'ntf_1', send_at: dueNow(), subject: 'S' },
    });
    expect((await api.post('inbox/webhook/a/b', body)).status).toBe(200);
    expect((await api.post('inbox/webhook?status=503', body)).status).toBe(503);
    expect((await api.post('inbox/webhook?status=42', body)).status).toBe(400);
    expect((await api.post('inbox/webhook', 'not JSON')).status).toBe(200);
    expect(api.aws.inbox()).toMatchObject([
      { body: 'not JSON', earlier: 0 },
      { ...entry, subject: 'S', earlier: 1 },
      { ...entry, channel: 'webhook', body, earlier: 0 },
    ]);
  });

  it('lists entries as JSON, newest first, by limit, channel and notification; DELETE empties it', async () => {
    for (let index = 0; index < 3; index += 1)
      await api.post('inbox/webhook', `{"data":{"notification_id":"n${index}"}}`);
    const read = async (query: string) =>
      (await (await api.call(`inbox${query}`, { headers: { accept: 'application/json' } })).json()) as {
        notification_id: string;
      }[];
    expect((await read('')).map((row) => row.notification_id)).toEqual(['n2', 'n1', 'n0']);
    expect(await read('?limit=1')).toHaveLength(1);
    expect(await read('?channel=sms')).toEqual([]);
    expect((await read('?notification_id=n1')).map((row) => row.notification_id)).toEqual(['n1']);
    expect(await read('?limit=5000')).toMatchObject({ status: 400, code: 'validation-failed' });
    expect((await api.call('inbox', { method: 'DELETE' })).status).toBe(204);
    expect(await read('')).toEqual([]);
  });

  it('stores the headers of a webhook, its signature among them', async () => {
    const headers = { 'webhook-id': 'ntf_9', 'webhook-timestamp': '1', 'webhook-signature': 'v1,abc', 'x-own': 'mine' };
    await api.post('inbox/webhook', '{}', headers);
    expect(api.aws.inbox()[0]?.headers).toEqual(expect.arrayContaining(Object.entries(headers)));
    expect(api.aws.inbox()[0]?.html).toBeNull();
  });

  it('serves the HTML of an e-mail in a sandbox without scripts and requests', async () => {
    const Content = { Simple: { Subject: { Data: 'S' }, Body: { Html: { Data: '<script>alert(1)</script>' } } } };
    const Destination = { ToAddresses: ['ann@example.com'] };
    const ses = new SESv2Client(clientsFor(api.aws.endpoint).config);
    await ses.send(new SendEmailCommand({ FromEmailAddress: 'us@example.com', Destination, Content }));
    const answer = await api.call(`inbox/${api.aws.inbox()[0]?.id}/html`);
    expect([answer.status, await answer.text()]).toEqual([200, '<script>alert(1)</script>']);
    const policy = (answer.headers.get('content-security-policy') ?? '').split('; ');
    expect(policy).toEqual(expect.arrayContaining(['sandbox', "default-src 'none'", "frame-ancestors 'self'"]));
    await api.post('inbox/webhook', '{}');
    for (const id of [api.aws.inbox()[0]?.id, 99_999, '1e3'])
      expect((await api.call(`inbox/${id}/html`)).status).toBe(404);
  });

  it('searches subject, recipient, text and notification id; % and _ stand for themselves', async () => {
    const bodies = [
      { data: { notification_id: 'ntf_abc', subject: 'Invoice 100%' } },
      { data: { notification_id: 'ntfXabc', subject: 'Other', body: 'The invoice is late' } },
    ];
    for (const body of bodies) await api.post('inbox/webhook/target', body);
    const found = async (search: string) => {
      const query = new URLSearchParams({ search });
      const answer = await api.call(`inbox?${query}`, { headers: { accept: 'application/json' } });
      const entries = (await answer.json()) as { notification_id: string }[];
      expect(answer.headers.get('x-total-count')).toBe(String(entries.length));
      return entries.map(({ notification_id }) => notification_id);
    };
    expect(await found('invoice')).toEqual(['ntfXabc', 'ntf_abc']);
    expect(await found('100%')).toEqual(['ntf_abc']);
    expect(await found('ntf_a')).toEqual(['ntf_abc']);
    expect(await found('webhook/target')).toHaveLength(2);
    expect(await found("' OR 1=1 --")).toEqual([]);
    const tooLong = await api.call(`inbox?search=${'x'.repeat(201)}`, { headers: { accept: 'application/json' } });
    expect(await tooLong.json()).toMatchObject({ status: 400, errors: [{ pointer: '/search' }] });
  });

  it('is a page for browsers without data, which allows its own script alone', async () => {
    await api.post('inbox/webhook', '<script>alert(1)</script>');
    const answer = await api.call('inbox', { headers: { accept: 'text/html,application/xhtml+xml' } });
    const page = await answer.text();
    const policy = answer.headers.get('content-security-policy') ?? '';
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? 'none';
    expect(policy).toContain("default-src 'none'");
    expect(page).not.toContain('alert(1)');
    expect(page.match(/<script[^>]*>/g)).toEqual([`<script nonce="${nonce}">`]);
    expect(page).not.toContain('%nonce%');
  });
});
