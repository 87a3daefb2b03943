/** What a client gives for window and expiry: taken, refused, or canceled at once. */
import { describe, expect, it } from 'vitest';
import { failure, HOUR_MS, setUp } from './service.testing.ts';
import { viewNotification } from './view.ts';

/** The clock begins at 12:00, and `input` is due at 13:00. */
const NIGHT = { from: '22:00', until: '06:00' };

describe('a create', () => {
  it('shows window and expiry as they were given', async () => {
    const bounds = { window: { days: ['sun' as const], ...NIGHT }, expires_after: 'P1DT0.5S' };
    expect(viewNotification((await setUp().create(bounds)).item)).toMatchObject(bounds);
  });

  it('that would expire before its window opens is 400 and says when both are; nothing is written', async () => {
    const { create, memory, armed } = setUp();
    const error = await failure(create({ window: NIGHT, expires_after: 'PT9H' }));
    const pointer = '/expires_after';
    const detail =
      'must last beyond 2026-03-01T22:00:00.000Z, the first time to send by its window; it would end ' +
      '2026-03-01T22:00:00.000Z. Give a longer one, or another window or time';
    expect([error.code, error.errors]).toEqual(['validation-failed', [{ pointer, detail }]]);
    expect([memory.all(), armed]).toEqual([[], []]);
    expect((await create({ window: NIGHT, expires_after: 'PT9H0.001S' })).item.status).toBe('PENDING');
  });

  it('names a zone that is none, beside everything else that is wrong', async () => {
    const window = { ...NIGHT, timezone: '+02:00' };
    const error = await failure(setUp().create({ window, email: 'no address' }));
    expect(error.errors?.map(({ pointer }) => pointer)).toEqual(['/window/timezone', '/email']);
  });

  it('outside a window that drops is stored CANCELED, counted, and handed to no timer', async () => {
    const { create, memory, armed, recording } = setUp();
    const { item } = await create({ window: { ...NIGHT, outside: 'drop' } });
    expect(memory.read(item.id)).toMatchObject({ status: 'CANCELED', statusReason: 'window' });
    expect([armed, recording.count('notificationCreated'), recording.count('notificationCanceled')]).toEqual([
      [],
      1,
      1,
    ]);
  });

  it('that is skipped as past is not refused for its expiry', async () => {
    const past = {
      send_at: undefined as never,
      target_date: '2026-03-05',
      lead_time_days: 30,
      if_past: 'skip' as const,
    };
    const { item } = await setUp().create({ ...past, window: NIGHT, expires_after: 'PT1H' });
    expect(item).toMatchObject({ status: 'CANCELED', statusReason: 'past' });
  });

  it('that is dropped is not refused for its expiry', async () => {
    const { item } = await setUp().create({ window: { ...NIGHT, outside: 'drop' }, expires_after: 'PT1H' });
    expect(item.statusReason).toBe('window');
  });
});

describe('an Idempotency-Key', () => {
  it('is recognised before the rule about both, which depends on the time of day', async () => {
    const { create, clock } = setUp();
    // Due at once: at 12:00 there is time until 22:00, at 06:30 no more.
    const time = { send_at: undefined as never, target_date: '2026-03-05', lead_time_days: 7 };
    const request = { ...time, window: NIGHT, expires_after: 'PT12H' };
    const first = await create(request, 'k');
    clock.pass(18.5 * HOUR_MS);
    expect((await failure(create(request))).errors).toMatchObject([{ pointer: '/expires_after' }]);
    expect(await create(request, 'k')).toMatchObject({ replayed: true, item: { id: first.item.id } });
  });
});

describe('the rules beyond the schema', () => {
  it('name the zone of a window in a body that breaks the schema too', () => {
    const { service } = setUp();
    const problems = (window: unknown) =>
      service.problems({ notification_type: 'x', window }).filter(({ pointer }) => pointer.startsWith('/window'));
    expect(problems({ timezone: 'Mars/Olympus' })).toMatchObject([{ pointer: '/window/timezone' }]);
    for (const window of [undefined, null, 5, 'x', [], {}, { timezone: 'UTC' }]) expect(problems(window)).toEqual([]);
  });
});
