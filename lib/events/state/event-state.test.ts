import { describe, expect, it } from 'vitest';
import { ACCEPTED_AT, makeEvent } from '../../testing/event.ts';
import { accept, check, type EventStep, processed, redrive, rejected, returned } from './event-state.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const on = (now = ACCEPTED_AT + MINUTE_MS) => ({ now, writeId: 'next', policy: { retentionMs: 30 * DAY_MS } });
const same = (step: EventStep) => expect(step).toMatchObject({ moved: false, effects: [] });

describe('an accepted event', () => {
  it('carries its mark, has no TTL, and is to be processed', () => {
    const draft = { id: 'evt_1', tenant: 't', type: 'x', source: 's', payload: { a: 1 } };
    const step = accept(draft, on(ACCEPTED_AT));
    expect(step.effects).toEqual([{ do: 'process', id: 'evt_1', tenant: step.next.tenant }]);
    expect(step.next).toMatchObject({
      status: 'ACCEPTED',
      time: ACCEPTED_AT,
      nextCheckAt: ACCEPTED_AT + 2 * MINUTE_MS,
    });
    expect(step.next).not.toHaveProperty('expiresAt');
  });

  it('keeps the time at which it happened', () => {
    const draft = { id: 'evt_1', tenant: 't', type: 'x', source: 's', payload: {}, time: 5 };
    expect(accept(draft, on()).next.time).toBe(5);
  });
});

describe('processing', () => {
  it('without notifications it may expire after the retention', () => {
    const { next } = processed(makeEvent(), [], on());
    expect(next).toMatchObject({ status: 'PROCESSED', notifications: [], expiresAt: (on().now + 30 * DAY_MS) / 1000 });
    expect(next).not.toHaveProperty('nextCheckAt');
  });

  it('never expires within 7 days of its acceptance, whatever the retention', () => {
    const { next } = processed(makeEvent(), [], { ...on(), policy: { retentionMs: 1 } });
    expect(next.expiresAt).toBe((ACCEPTED_AT + 7 * DAY_MS) / 1000);
  });

  it('with an open notification it outlives it: no TTL yet', () => {
    const { next } = processed(makeEvent(), [{ id: 'ntf_1', expiresAt: 5 }, { id: 'ntf_2' }], on());
    expect(next.notifications).toEqual(['ntf_1', 'ntf_2']);
    expect(next).not.toHaveProperty('expiresAt');
  });

  it('outlives notifications that have ended before', () => {
    const expiresAt = (ACCEPTED_AT + 90 * DAY_MS) / 1000;
    const { next } = processed(makeEvent(), [{ id: 'ntf_1', expiresAt }], on());
    expect(next.expiresAt).toBe(expiresAt + 86_400);
  });

  it("a rejected one says why, may expire, and is off the reconciler's index", () => {
    const { next, effects } = rejected(makeEvent(), 'because', on());
    expect(next).toMatchObject({ status: 'REJECTED', reason: 'because', firstFailedAt: on().now, endedAt: on().now });
    expect(next.expiresAt).toBe((on().now + 30 * DAY_MS) / 1000);
    expect(next).not.toHaveProperty('nextCheckAt');
    expect(effects).toEqual([]);
  });

  it('what has ended ends once', () => {
    for (const status of ['PROCESSED', 'REJECTED'] as const) {
      const event = makeEvent({ status });
      same(processed(event, [], on()));
      same(rejected(event, 'again', on()));
      same(returned(event, on()));
      same(check(event, on(ACCEPTED_AT + DAY_MS)));
    }
  });
});

describe('the reconciler', () => {
  it('leaves a young mark alone', () => {
    same(check(makeEvent(), on(ACCEPTED_AT + 2 * MINUTE_MS - 1)));
  });

  it('enqueues again what has an old one, with back-off up to 10 minutes', () => {
    let event = makeEvent();
    const waits: number[] = [];
    for (let round = 0; round < 6; round += 1) {
      const now = event.nextCheckAt ?? 0;
      const step = check(event, on(now));
      expect(step.effects).toEqual([{ do: 'process', id: 'evt_1', tenant: step.next.tenant }]);
      waits.push(((step.next.nextCheckAt ?? 0) - now) / MINUTE_MS);
      event = step.next;
    }
    expect(waits).toEqual([1, 2, 4, 8, 10, 10]);
    expect(event.updatedAt).toBe(ACCEPTED_AT);
  });
});

describe('the dead-letter queue', () => {
  it('gives it back to the reconciler, later each time up to an hour; at the tenth return it ends', () => {
    let event = makeEvent();
    const waits: number[] = [];
    for (let round = 1; round < 10; round += 1) {
      const step = returned(event, on());
      expect(step.effects).toEqual([]);
      waits.push(((step.next.nextCheckAt ?? 0) - on().now) / MINUTE_MS);
      event = step.next;
    }
    expect(waits).toEqual([2, 4, 8, 16, 32, 60, 60, 60, 60]);
    expect(returned(event, on()).next).toMatchObject({ status: 'REJECTED', reason: 'unprocessable', returns: 10 });
  });
});

describe('redrive', () => {
  it('opens a rejected event again: a mark, no TTL, no reason, counters reset', () => {
    const dead = rejected(makeEvent({ returns: 9 }), 'because', on()).next;
    const step = redrive(dead, on(on().now + DAY_MS));
    expect(step.effects).toEqual([{ do: 'process', id: 'evt_1', tenant: step.next.tenant }]);
    expect(step.next).toMatchObject({
      status: 'ACCEPTED',
      returns: 0,
      nextCheckAt: on().now + DAY_MS + 2 * MINUTE_MS,
      redrivenAt: on().now + DAY_MS,
      firstFailedAt: on().now,
    });
    for (const gone of ['reason', 'endedAt', 'expiresAt']) expect(step.next).not.toHaveProperty(gone);
  });

  it('touches nothing else', () => {
    same(redrive(makeEvent(), on()));
    same(redrive(makeEvent({ status: 'PROCESSED' }), on()));
  });

  it('the first failure stays the first', () => {
    const first = rejected(makeEvent(), 'a', on()).next;
    const again = rejected(redrive(first, on()).next, 'b', on(on().now + DAY_MS)).next;
    expect(again.firstFailedAt).toBe(first.firstFailedAt);
  });
});
