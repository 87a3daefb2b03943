import { describe, expect, it } from 'vitest';
import { CONTENT, makeSchedule } from '../../testing/schedule.ts';
import { occurrenceId } from '../occurrence.ts';
import type { Schedule } from '../schedule.ts';
import { create, erase, patch, remove, settled } from './commands.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const NEXT = Date.parse('2026-03-02T09:00:00Z');
const on = (now = NOW, writeId = 'w') => ({ now, writeId, policy: { retentionMs: 30 * 86_400_000 } });
const idOf = (schedule: Schedule): string =>
  schedule.occurrence ? occurrenceId(schedule, schedule.occurrence) : 'none';

const created = (changes: Partial<Schedule> = {}): Schedule => ({ ...makeSchedule(), ...changes });
const running = (changes: Partial<Schedule> = {}): Schedule => settled(created(changes), 'changed', on());
const edit = (schedule: Schedule, changes: Partial<Schedule>, paused = schedule.pausedAt !== undefined, now = NOW) =>
  patch(schedule, { ...schedule, ...changes }, paused, on(now));
const paused = (): Schedule => settled(edit(running(), {}, true), 'canceled', on());

describe('a creation', () => {
  it('names the first occurrence, and is on the index until it is made', () => {
    const schedule = create({ id: 'sch_1', tenant: 't', cron: '0 9 * * *', content: CONTENT }, on());
    expect(schedule).toMatchObject({
      ...{ occurrence: { at: NEXT, revision: 1 }, mark: 'make', made: 1, revision: 1, version: 1, nextCheckAt: NOW },
    });
    expect(settled(schedule, 'changed', on())).toMatchObject({
      ...{ occurrence: { at: NEXT, revision: 1, made: true }, nextCheckAt: NEXT, version: 1 },
    });
  });
});

describe('DELETE', () => {
  it('cancels what is planned, then loses its content and may expire', () => {
    const removed = remove(running(), on());
    expect(removed).toMatchObject({ mark: 'cancel', deletedAt: NOW, version: 2, nextCheckAt: NOW, content: CONTENT });
    expect(removed).not.toHaveProperty('expiresAt');
    const done = settled(removed, 'canceled', on());
    expect(done).toMatchObject({
      pending: { id: idOf(running()), outcome: 'canceled' },
      expiresAt: expect.any(Number),
    });
    for (const name of ['mark', 'nextCheckAt', 'content', 'fingerprint']) expect(done).not.toHaveProperty(name);
    expect(remove(done, on())).toBe(done);
  });

  it('cancels what is still to be made, and goes on with a cancel that is marked already', () => {
    expect(remove(created(), on()).mark).toBe('cancel');
    expect(remove(edit(running(), {}, true), on()).mark).toBe('cancel');
  });

  it('has nothing to cancel while it is paused', () => {
    const removed = remove(paused(), on());
    expect(removed).toMatchObject({ deletedAt: NOW, expiresAt: expect.any(Number) });
    expect(removed).not.toHaveProperty('pending');
  });
});

describe('a pause', () => {
  it('cancels what is planned; nothing is planned until it is resumed, after that time', () => {
    const schedule = paused();
    expect(schedule).toMatchObject({ pausedAt: NOW, pending: { outcome: 'canceled' }, revision: 1 });
    for (const name of ['mark', 'nextCheckAt', 'occurrence']) expect(schedule).not.toHaveProperty(name);
    const later = NEXT + 3 * 86_400_000;
    const resumed = edit(schedule, {}, false, later);
    expect(resumed).toMatchObject({ revision: 2, mark: 'make', occurrence: { at: later + 86_400_000, revision: 2 } });
    expect(resumed).not.toHaveProperty('pausedAt');
  });

  it('that came too late uses its instant up: what follows comes after it', () => {
    const schedule = settled(edit(running(), {}, true), 'too_late', on());
    expect(edit(schedule, {}, false).occurrence).toEqual({ at: NEXT + 86_400_000, revision: 2 });
  });

  it('can be ended before what it cancels is canceled', () => {
    const resumed = edit(edit(running(), {}, true), {}, false);
    expect(resumed).toMatchObject({ mark: 'cancel', revision: 2, occurrence: { at: NEXT, revision: 1 } });
    expect(settled(resumed, 'canceled', on())).toMatchObject({ mark: 'make', occurrence: { at: NEXT, revision: 2 } });
  });
});

describe('a PATCH', () => {
  it('that changes nothing writes nothing', () => {
    const schedule = running();
    expect(edit(schedule, {})).toBe(schedule);
    expect(edit(schedule, { content: { ...CONTENT } })).toBe(schedule);
    expect(edit(schedule, {}, false)).toBe(schedule);
    const halted = paused();
    expect(edit(halted, {}, true)).toBe(halted);
  });

  it('of the timing begins a revision from now on', () => {
    const retimed = edit(running(), { cron: '30 8 * * *' });
    expect(retimed).toMatchObject({ mark: 'cancel', revision: 2, revisionFrom: NOW, occurrence: { revision: 1 } });
    const next = settled(retimed, 'canceled', on());
    expect(next).toMatchObject({
      ...{ mark: 'make', made: 2, occurrence: { at: Date.parse('2026-03-02T08:30Z'), revision: 2 } },
      pending: { id: idOf(running()), outcome: 'canceled' },
    });
  });

  it('of the content changes what is planned, and moves no time', () => {
    const content = { ...CONTENT, body: 'Other' };
    expect(edit(running(), { content })).toMatchObject({ mark: 'edit', revision: 1, content, nextCheckAt: NOW });
    expect(edit(created(), { content })).toMatchObject({ mark: 'edit', occurrence: { at: NEXT } });
    expect(settled(edit(running(), { content }), 'too_late', on())).toMatchObject({
      ...{ pending: { outcome: 'too_late' }, occurrence: { at: NEXT, made: true }, nextCheckAt: NEXT, made: 1 },
    });
    expect(edit(paused(), { content })).not.toHaveProperty('mark');
  });

  it('of the content leaves a cancel that is marked already: what follows has the new one', () => {
    const content = { ...CONTENT, body: 'Other' };
    const both = edit(edit(running(), { cron: '30 8 * * *' }), { cron: '30 8 * * *', content });
    expect(both).toMatchObject({ mark: 'cancel', revision: 2, content, occurrence: { at: NEXT, revision: 1 } });
  });

  it('of `end` or `count` leaves what is planned, unless that is beyond', () => {
    expect(edit(running(), { count: 1, end: '2026-03-02T09:00Z' })).not.toHaveProperty('mark');
    const cut = edit(running({ made: 3 }), { count: 2 });
    expect(cut.mark).toBe('cancel');
    expect(settled(cut, 'canceled', on())).toMatchObject({ endedAt: NOW });
    expect(edit(running(), { end: '2026-03-02T08:59Z' }).mark).toBe('cancel');
  });

  it('of `end` or `count` brings back what has ended, from now on', () => {
    const { nextCheckAt: _, ...schedule } = running({ endedAt: NOW, expiresAt: 1, count: 1 });
    const later = NEXT + 5 * 86_400_000;
    const revived = edit(schedule, { count: 5 }, false, later);
    expect(revived).toMatchObject({ revision: 2, mark: 'make', occurrence: { at: later + 86_400_000 } });
    for (const name of ['endedAt', 'expiresAt']) expect(revived).not.toHaveProperty(name);
    expect(edit(schedule, { content: { ...CONTENT, body: 'Other' } })).toMatchObject({ endedAt: NOW });
  });
});

it('an erasure removes it and marks it as its own in one write; nothing of a person is left once it is settled', () => {
  const by = { jobId: 'era_1', names: () => true, token: () => 't' };
  const erasing = erase(running({ fingerprint: 'f' }), by, on());
  expect(erasing).toMatchObject({ mark: 'cancel', deletedAt: NOW, erasedAt: NOW, erasedBy: 'era_1', content: CONTENT });
  const done = settled(erasing, 'canceled', on());
  expect(done).toMatchObject({ erasedBy: 'era_1', pending: { outcome: 'canceled' } });
  const halted = erase(paused(), by, on());
  for (const one of [done, halted])
    for (const name of ['mark', 'content', 'fingerprint']) expect(one).not.toHaveProperty(name);
  expect(erase(done, by, on())).toBe(done);
  expect(erase(remove(paused(), on()), by, on())).toMatchObject({ erasedBy: 'era_1' });
});
