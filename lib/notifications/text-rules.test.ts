import { describe, expect, it } from 'vitest';
import { ExactNumber } from '../schema/exact-number.ts';
import { KNOWN_TYPES } from '../schema/notification-types.ts';
import { TEXT_CHANNELS_LISTED } from './recipient.ts';
import { targetErrors, textErrors } from './text-rules.ts';

const email = 'a@example.com';
const texts = (changes: object) => ({ type: 'invoice.created', entityId: 'user-123', timing: {}, ...changes });
const NO_TEXT = `is required for ${TEXT_CHANNELS_LISTED}, and must not be blank: there is no built-in text for invoice.created`;

describe('a notification of a type without a built-in text', () => {
  it.each([{ email }, { sms: '+919999912345' }])('needs a body for %j', (to) => {
    expect(textErrors(texts({}), to)).toEqual([{ pointer: '/body', detail: NO_TEXT }]);
    expect(textErrors(texts({ subject: 'Your invoice' }), to)).toEqual([{ pointer: '/body', detail: NO_TEXT }]);
    expect(textErrors(texts({ body: 'Your invoice is there.' }), to)).toEqual([]);
    expect(textErrors(texts({ body: 'You have a new notification.' }), to)).toEqual([]);
  });

  it.each([' \n', '{{name}}'])('needs one that is not blank: %j', (body) => {
    expect(textErrors(texts({ body, data: { name: '' } }), { email })).toEqual([{ pointer: '/body', detail: NO_TEXT }]);
  });

  it('needs none for webhooks alone', () => {
    expect(textErrors(texts({}), {})).toEqual([]);
  });

  it.each(KNOWN_TYPES)('is not %s, unless that is custom', (type) => {
    expect(textErrors(texts({ type }), { email })).toHaveLength(type === 'custom' ? 1 : 0);
  });
});

describe('placeholders', () => {
  it('need a value in data: a text, a number, true or false', () => {
    const data = { name: '', n: 0, big: new ExactNumber('9007199254740993'), ok: false, user: { list: ['x'] } };
    const body =
      '{{name}} {{n}} {{big}} {{ok}} {{user.list.0}} {{entity_id}} {{send_at}} {{notification_type}} {{ a b }}';
    expect(textErrors(texts({ subject: body, body, data }), { email })).toEqual([]);
  });

  it('without one are named, each once, by the field they are in', () => {
    const body = '{{name}} {{user}} {{gone}} {{user.list}} {{name}} {{constructor.name}} {{toString}}';
    const data = { gone: null, user: { list: [] } };
    const wanted = ['name', 'user', 'gone', 'user.list', 'constructor.name', 'toString'];
    expect(textErrors(texts({ subject: 'Hi {{first}}', body, data }), { email })).toEqual([
      { pointer: '/subject', detail: expect.stringMatching(/; without: \{\{first\}\}$/) },
      { pointer: '/body', detail: expect.stringContaining(`: ${wanted.map((name) => `{{${name}}}`).join(', ')}`) },
    ]);
  });

  it('without one are left out where what is said is stored', () => {
    const { detail } = textErrors(texts({ body: '{{ann}}' }), { email }, { showNames: false })[0] ?? {};
    expect(detail).toBe('must have a text, a number, true or false in data for each placeholder');
  });

  it('without one are refused for webhooks and types with a text too', () => {
    expect(textErrors(texts({ type: 'user.signup', body: '{{name}}' }), { email })).toHaveLength(1);
    expect(textErrors(texts({ body: '{{name}}' }), {})).toHaveLength(1);
  });

  it('are named up to ten', () => {
    const body = Array.from({ length: 12 }, (_, index) => `{{n${index}}}`).join('');
    expect(textErrors(texts({ body }), {})[0]?.detail).toMatch(/\{\{n9\}\} and 2 more$/);
  });

  it('may name the target date only where there is one, whatever data says', () => {
    const body = 'On {{target_date}}';
    const withTarget = texts({ body, timing: { target_date: '2027-06-01' } });
    expect(textErrors(withTarget, { email })).toEqual([]);
    expect(textErrors(texts({ body: `${body} {{a}}`, data: { target_date: '1 June' } }), { email })).toEqual([
      { pointer: '/body', detail: 'must not name {{target_date}}, which has a value only with target_date' },
      { pointer: '/body', detail: expect.stringMatching(/ in data for each placeholder; without: \{\{a\}\}$/) },
    ]);
    const other = { send_at: '2027-06-01' };
    expect(targetErrors(withTarget, other)).toMatchObject([{ pointer: '/send_at' }]);
    expect(targetErrors({ ...withTarget, body: 'On that day' }, other)).toEqual([]);
    expect(targetErrors(withTarget, { target_date: '2027-07-01' })).toEqual([]);
    expect(targetErrors({ ...withTarget, timing: other }, other)).toEqual([]);
  });

  it('of a built-in text count too, in the version of the record', () => {
    const expiry = texts({ type: 'password.expiry', timing: { target_date: '2027-06-01' } });
    const other = { send_at: '2027-06-01' };
    expect(targetErrors(expiry, other)).toMatchObject([{ pointer: '/send_at' }]);
    expect(targetErrors({ ...expiry, body: ' ' }, other)).toHaveLength(1);
    expect(targetErrors({ ...expiry, body: 'Soon.' }, other)).toEqual([]);
    expect(targetErrors({ ...expiry, textVersion: 1 }, other)).toEqual([]);
    expect(targetErrors(expiry, { target_date: '2027-07-01' })).toEqual([]);
  });
});
