import { describe, expect, it } from 'vitest';
import { makeEvent } from '../testing/event.ts';
import { eventViewSchema, viewEvent } from './event.ts';
import { newEventSchema } from './new-event.ts';

describe('what a client gives', () => {
  const valid = { type: 'user.signup', payload: {} };

  it('type and payload are enough', () => {
    expect(newEventSchema.parse(valid)).toEqual(valid);
  });

  it.each(['user.signup', 'com.example.User.Signup', 'a', 'a/b_c-d.E', '2026.x', 'x'.repeat(128)])(
    'type %s is taken',
    (type) => {
      expect(newEventSchema.safeParse({ ...valid, type }).success).toBe(true);
    },
  );

  it.each(['', '.a', 'a b', 'a#b', 'ä', 'a\n', 'x'.repeat(129), 5, null])('type %j is refused', (type) => {
    expect(newEventSchema.safeParse({ ...valid, type }).success).toBe(false);
  });

  it.each([
    { payload: [] },
    { payload: 'x' },
    { payload: null },
    { id: '' },
    { id: 'x'.repeat(257) },
    { source: 'a\u0000' },
    { subject: 5 },
    { time: '2026-02-30' },
    { extensions: {} },
    { notifications: [] },
  ])('%j is refused', (changes) => {
    expect(newEventSchema.safeParse({ ...valid, ...changes }).success).toBe(false);
  });
});

describe('what a client sees', () => {
  it('is the event without what is ours alone', () => {
    const event = makeEvent({ sourceId: '7', subject: 's', extensions: { a: 1 }, fingerprint: 'f' });
    expect(viewEvent(event)).toEqual({
      id: 'evt_1',
      type: 'user.signup',
      source: 'api',
      source_id: '7',
      subject: 's',
      time: '2026-03-01T12:00:00.000Z',
      payload: {},
      extensions: { a: 1 },
      created_at: '2026-03-01T12:00:00.000Z',
      status: 'ACCEPTED',
    });
  });

  it('the ids of its notifications only where one is read; the reason where there is one', () => {
    const view = viewEvent(makeEvent({ notifications: ['ntf_1'], status: 'REJECTED', reason: 'r' }), {
      notifications: true,
    });
    expect(view).toMatchObject({ notifications: ['ntf_1'], reason: 'r' });
    expect(viewEvent(makeEvent())).not.toHaveProperty('notifications');
  });

  it('is what the documents say', () => {
    const full = viewEvent(makeEvent({ sourceId: '7', reason: 'r' }), { notifications: true });
    expect(eventViewSchema.strict().parse(full)).toEqual(full);
  });
});
