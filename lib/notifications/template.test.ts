import { describe, expect, it } from 'vitest';
import { parseJson } from '../http/json.ts';
import { BODY_MAX, render, SUBJECT_MAX, webhookPayload } from './template.ts';

const sendAt = Date.UTC(2027, 0, 15, 8);
const base = { type: 'custom', entityId: 'user-123', sendAt };

describe('render', () => {
  it.each([
    ['user.signup', 'Welcome'],
    ['payment.failed', 'Your payment failed'],
    ['payment.success', 'We received your payment'],
    ['password.expiry', 'Your password expires soon'],
    ['user.unsubscribe', 'You are unsubscribed'],
    ['custom', 'Notification'],
    ['invoice.created', 'Notification: invoice.created'],
    ['constructor', 'Notification: constructor'],
  ])('has a text for %s', (type, subject) => {
    const rendered = render({ ...base, type, targetDate: sendAt });
    expect(rendered.subject).toBe(subject);
    expect(rendered.body).toContain('user-123');
    expect(rendered.body).not.toContain('{{');
  });

  it('fills placeholders from data, nested ones and lists included, and from the notification', () => {
    const { subject, body } = render({
      ...base,
      targetDate: sendAt + 86_400_000,
      subject: 'Hi {{ name }}, {{count}} {{ok}}',
      body: '{{user.prénom}} {{items.1.sku}} {{entity_id}} {{target_date}} {{send_at}} {{notification_type}}',
      data: { name: 'Zoë', count: 0, ok: false, user: { prénom: 'Ana' }, items: [{}, { sku: 'A-1' }] },
    });
    expect(subject).toBe('Hi Zoë, 0 false');
    expect(body).toBe('Ana A-1 user-123 2027-01-16T08:00:00.000Z 2027-01-15T08:00:00.000Z custom');
  });

  it('writes numbers with all their digits, and finds nothing inside of them', () => {
    const data = parseJson('{"id":9007199254740993,"of":{"rate":0.12345678901234567890},"n":1000000000000000000000}');
    const body = '{{id}} {{of.rate}} {{n}} [{{id.digits}}]';
    expect(render({ ...base, body, data: data as Record<string, unknown> }).body).toBe(
      '9007199254740993 0.1234567890123456789 1000000000000000000000 []',
    );
  });

  it('lets the names of the notification win over data', () => {
    expect(render({ ...base, body: '{{entity_id}}', data: { entity_id: 'other' } }).body).toBe('user-123');
  });

  it.each(['{{missing}}', '{{name.first}}', '{{list}}', '{{nothing}}', '{{target_date}}', '{{a..b}}', '{{.}}'])(
    'renders %s, which has no value, as nothing',
    (placeholder) => {
      const data = { name: 'Ana', list: [1], nothing: null };
      expect(render({ ...base, body: `<${placeholder}>`, data }).body).toBe('<>');
    },
  );

  it.each([
    '{{constructor.name}}',
    '{{__proto__}}',
    '{{toString}}',
    '{{name.length.constructor}}',
    '{{hasOwnProperty}}',
  ])('never reaches a prototype by %s', (placeholder) => {
    expect(render({ ...base, body: `<${placeholder}>`, data: { name: 'Ana' } }).body).toBe('<>');
  });

  it.each(['{{', '}}', '{{}}', '{{ a b }}', '{{$(1+1)}}', '{name}', '{{#if x}}', '{{\nname\n}}'])(
    'leaves %j as it is',
    (text) => {
      expect(render({ ...base, body: `a${text}b` }).body).toBe(`a${text}b`);
    },
  );

  it('does not fill what a value brings in', () => {
    expect(render({ ...base, body: '{{a}}', data: { a: '{{b}}', b: 'secret' } }).body).toBe('{{b}}');
  });

  it('falls back to the text of the type when nothing is left to say', () => {
    expect(render({ ...base, subject: ' {{missing}}\n', body: '\n{{missing}} ' })).toEqual(render(base));
  });

  it('makes the subject one line of at most 200 characters', () => {
    const { subject } = render({
      ...base,
      subject: `Hi\r\nBcc: x@example.com\u2028{{long}}`,
      data: { long: '😀'.repeat(300) },
    });
    expect(subject).toMatch(/^Hi {2}Bcc: x@example\.com 😀+$/u);
    expect(subject.length).toBeLessThanOrEqual(SUBJECT_MAX);
    expect(subject.isWellFormed()).toBe(true);
  });

  it('stops at 65,536 characters of body, also when many long values would make gigabytes', () => {
    const { body } = render({ ...base, body: '{{a}}'.repeat(40_000), data: { a: 'x'.repeat(200_000) } });
    expect(body).toHaveLength(BODY_MAX);
  });
});

describe('webhookPayload', () => {
  const input = { ...base, notificationId: 'ntf_1', subject: 'S', body: 'B' };

  it('has the documented shape, with the due time as timestamp', () => {
    const payload = webhookPayload({
      ...input,
      eventId: 'evt_1',
      targetDate: sendAt + 1,
      data: { b: 1, a: [{ d: 1, c: 2 }] },
    });
    expect(payload).toBe(
      '{"data":{"body":"B","data":{"a":[{"c":2,"d":1}],"b":1},"entity_id":"user-123","event_id":"evt_1","notification_id":"ntf_1",' +
        '"send_at":"2027-01-15T08:00:00.000Z","subject":"S","target_date":"2027-01-15T08:00:00.001Z"},' +
        '"timestamp":"2027-01-15T08:00:00.000Z","type":"custom"}',
    );
  });

  it('leaves out what there is not', () => {
    expect(Object.keys(JSON.parse(webhookPayload(input)).data)).toEqual([
      'body',
      'entity_id',
      'notification_id',
      'send_at',
      'subject',
    ]);
  });
});
