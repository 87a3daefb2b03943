import { describe, expect, it } from 'vitest';
import { parseJson } from '../../schema/json.ts';
import { BODY_MAX, SUBJECT_MAX } from '../../schema/text.ts';
import { hasBuiltInText } from './built-in-texts.ts';
import { render, webhookPayload } from './template.ts';

const sendAt = Date.UTC(2027, 0, 15, 8);
const base = { type: 'custom', entityId: 'user-123', timing: {}, sendAt };

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
  ])('has the text of version 0 for %s, where a notification was stored without a version', (type, subject) => {
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

describe('the built-in texts of version 1', () => {
  const target = { timing: { target_date: '2027-06-01T09:00' }, targetDate: Date.UTC(2027, 5, 1, 9), textVersion: 1 };
  const types = ['user.signup', 'payment.failed', 'payment.success', 'password.expiry', 'user.unsubscribe'];

  it.each(types)('are fit for people: %s names neither entity nor type', (type) => {
    expect(hasBuiltInText(type)).toBe(true);
    for (const input of [target, { textVersion: 1 }]) {
      const { subject, body } = render({ ...base, ...input, type });
      expect(`${subject} ${body}`).not.toMatch(/user-123|\{\{|custom|undefined/);
      expect(`${subject} ${body}`).not.toContain(type);
    }
  });

  it('name the day that a password expires, where there is one', () => {
    const expiry = { ...base, type: 'password.expiry' };
    expect(render({ ...expiry, ...target }).body).toBe(
      'Your password expires on 2027-06-01. Please change it before then.',
    );
    expect(render({ ...expiry, textVersion: 1 }).body).toBe(
      'Your password expires soon. Please change it before then.',
    );
  });

  it.each(['custom', 'invoice.created', 'constructor'])(
    'are none for %s, and a neutral one for its webhooks',
    (type) => {
      expect(hasBuiltInText(type)).toBe(false);
      expect(render({ ...base, type, textVersion: 1 })).toEqual({
        subject: 'Notification',
        body: 'You have a new notification.',
      });
    },
  );

  it('leave what was given as it is', () => {
    expect(render({ ...base, ...target, subject: 'S', body: 'B {{entity_id}}' })).toEqual({
      subject: 'S',
      body: 'B user-123',
    });
  });
});

describe('{{target_date}}', () => {
  it.each([
    ['2027-06-01T00:30', 'Asia/Kolkata', '2027-06-01'],
    ['2027-06-01', 'America/New_York', '2027-06-01'],
    ['2027-06-01T00:30:00+02:00', undefined, '2027-06-01'],
    ['2027-06-01T00:30:00+02:00', 'Europe/Berlin', '2027-06-01'],
    ['2027-05-31T23:30:00Z', 'Europe/Berlin', '2027-06-01'],
    ['2027-05-31T23:30:00Z', undefined, '2027-05-31'],
    ['2027-06-01t09:00', undefined, '2027-06-01'],
  ])('is the day of %s in the zone %s', (target_date, timezone, day) => {
    const timing = { target_date, ...(timezone !== undefined && { timezone }) };
    const input = {
      ...base,
      timing,
      targetDate: Date.parse(target_date),
      textVersion: 1,
      subject: '{{target_date}}',
      body: 'x',
    };
    expect(render(input).subject).toBe(day);
  });

  it('stays an instant in what was stored before', () => {
    const timing = { target_date: '2027-06-01T09:00+02:00' };
    const input = { ...base, timing, targetDate: Date.UTC(2027, 5, 1, 7), body: '{{target_date}}' };
    expect(render(input).body).toBe('2027-06-01T07:00:00.000Z');
  });
});

describe('webhookPayload', () => {
  const input = { ...base, notificationId: 'ntf_1', subject: 'S', body: 'B' };

  it('has the documented shape, with the due time as timestamp', () => {
    const payload = webhookPayload({
      ...input,
      group: 'order-7',
      eventId: 'evt_1',
      targetDate: sendAt + 1,
      data: { b: 1, a: [{ d: 1, c: 2 }] },
    });
    expect(payload).toBe(
      '{"data":{"body":"B","data":{"a":[{"c":2,"d":1}],"b":1},"entity_id":"user-123","event_id":"evt_1","group":"order-7","notification_id":"ntf_1",' +
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
