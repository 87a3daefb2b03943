import { describe, expect, it } from 'vitest';
import { redrive } from '../../events/state/event-state.ts';
import { isOpen, type Notification } from '../../notifications/notification.ts';
import { cancel, retry } from '../../notifications/state/client-commands.ts';
import { viewNotification } from '../../notifications/view.ts';
import type { Eraser } from '../../store/erased.ts';
import { rawMessage, rejectedEvent } from '../../testing/dead-letters.ts';
import { makeEvent } from '../../testing/event.ts';
import { checkRecord } from '../../testing/laws.ts';
import { at, NOW, states } from '../../testing/states.ts';
import { createErased, ended, erase, eraseEvent, eraseMessage } from './erasure-state.ts';

const by: Eraser = { jobId: 'era_1', names: (text) => text.includes('MARK'), token: () => 'random' };
const filled = (item: Notification): Notification => ({
  ...item,
  entityId: 'MARK-entity',
  group: 'MARK-group',
  subject: 'MARK',
  body: 'MARK',
  data: { a: 'MARK' },
  fingerprint: 'MARK',
  trace: 'MARK',
  channels: Object.fromEntries(
    Object.entries(item.channels).map(([name, channel]) => [
      name,
      { ...channel, to: 'MARK', redirectedTo: 'https://MARK' },
    ]),
  ),
});

describe.each(Object.entries(states))('a notification that is %s', (_, make) => {
  const end = (item: Notification, real: number): Notification => {
    for (let step = ended(item, { ...at(), real }); ; step = ended(item, { ...at(), real })) {
      if (!step.moved) return item;
      item = step.next;
    }
  };

  it('ends first, unless a worker is sending it; then only once its claim has lapsed', () => {
    const item = filled(make());
    const now = end(item, NOW);
    expect(isOpen(now)).toBe(item.lease !== undefined);
    if (isOpen(now)) {
      expect(now.stoppedAt).toBeDefined();
      expect(erase(now, by, at()).moved).toBe(false);
    }
    const later = end(item, NOW + 60_000);
    expect(isOpen(later)).toBe(false);
    checkRecord(later);
  });

  it('keeps nothing of what was given, and can be sent by nothing any more', () => {
    const item = end(filled(make()), NOW + 60_000);
    const step = erase(item, by, at(NOW + 1));
    expect(step.effects).toEqual([]);
    const gone = step.next;
    checkRecord(gone);
    expect(JSON.stringify([gone, viewNotification(gone)])).not.toContain('MARK');
    expect(gone).toMatchObject({
      id: item.id,
      status: item.status,
      entityId: 'erased-random',
      group: 'erased-random',
      erasedBy: 'era_1',
    });
    expect(gone.attempts).toEqual(item.attempts);
    expect(gone.version).toBe(item.version + 1);
    expect(retry(gone, at())).toEqual({ refused: 'not-failed' });
    expect(retry(gone, at(), { redrive: true })).toEqual({ refused: 'not-failed' });
    const canceled = cancel(gone, at());
    if ('next' in canceled) expect(isOpen(canceled.next)).toBe(false);
    expect(erase(gone, by, at()).moved).toBe(false);
  });
});

it('an entity that is not what is erased stays, and goes when it is its turn', () => {
  const item = states.SENT();
  const other = erase(item, by, at()).next;
  expect(other.entityId).toBe(item.entityId);
  const again = erase(other, { ...by, jobId: 'era_2', names: (text) => text === item.entityId }, at());
  expect(again.next).toMatchObject({ entityId: 'erased-random', erasedBy: 'era_2' });
});

it('what an event would cause is stored canceled and empty', () => {
  const draft = {
    id: 'ntf_1',
    tenant: 't',
    type: 'custom',
    entityId: 'MARK',
    timing: {},
    to: { email: 'MARK@x.y' },
    body: 'MARK',
  };
  const gone = createErased({ ruleId: 'r', draft, due: { sendAt: NOW } }, by, at());
  checkRecord(gone);
  expect(gone).toMatchObject({ status: 'CANCELED', erasedBy: 'era_1' });
  expect(JSON.stringify(gone)).not.toContain('MARK');
});

describe('an event', () => {
  const given = {
    payload: { a: 'MARK' },
    subject: 'MARK',
    extensions: { a: 'MARK' },
    fingerprint: 'MARK',
    trace: 'MARK',
  };

  it('keeps its ids and times, and can be redriven by nothing', () => {
    const gone = eraseEvent({ ...rejectedEvent('evt_1', NOW), ...given, sourceId: 'MARK' }, by, at()).next;
    expect(JSON.stringify(gone)).not.toContain('MARK');
    expect(gone).toMatchObject({ id: 'evt_1', payload: {}, status: 'REJECTED', erasedBy: 'era_1' });
    expect(redrive(gone, at()).moved).toBe(false);
    expect(eraseEvent(gone, by, at()).moved).toBe(false);
  });

  it("keeps the producer's id unless that is the value", () => {
    const gone = eraseEvent({ ...rejectedEvent('evt_1', NOW), sourceId: 'order-7' }, by, at()).next;
    expect(gone.sourceId).toBe('order-7');
  });

  it('is left as it is until it is processed', () => {
    expect(eraseEvent(makeEvent(given), by, at()).moved).toBe(false);
  });
});

it('a message loses its body', () => {
  const gone = eraseMessage(rawMessage('dlm_1', NOW, { body: 'MARK' }), by, at());
  expect(gone).not.toHaveProperty('body');
  expect(gone).toMatchObject({ reason: 'not_json', erasedBy: 'era_1' });
});
