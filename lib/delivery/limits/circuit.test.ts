import { describe, expect, it } from 'vitest';
import { admit, type Circuit, failed, isHopeless, OPENS_AFTER, probed, unprobed } from './circuit.ts';

const NOW = Date.parse('2026-03-01T12:00:00.000Z');
const HOUR_MS = 3_600_000;
const at = (now = NOW) => ({ now, real: now });
const fail = (circuit: Circuit | undefined, now = NOW, probeId?: string): Circuit =>
  failed(circuit, { error: 'http_503', ...(probeId !== undefined && { probeId }) }, { now, writeId: `w${now}` });
const failures = (count: number, now = NOW): Circuit => {
  let circuit: Circuit | undefined;
  for (let n = 0; n < count; n += 1) circuit = fail(circuit, now);
  if (!circuit) throw new Error('at least one');
  return circuit;
};
const until = (answer: ReturnType<typeof admit>): number => ('until' in answer ? answer.until : 0);

describe('a circuit', () => {
  it('lets everything through until five failures in a row', () => {
    expect(admit(undefined, at(), 0)).toEqual({ admitted: true, asProbe: false });
    expect(admit(failures(OPENS_AFTER - 1), at(), 0)).toEqual({ admitted: true, asProbe: false });
    expect(admit(failures(OPENS_AFTER), at(), 0)).toEqual({ admitted: false, until: NOW + 30_000 });
  });

  it('sends what it refuses back at different times, the earliest at the very end of its time', () => {
    const open = failures(OPENS_AFTER);
    expect(until(admit(open, at(), 0.999))).toBeGreaterThan(NOW + 44_000);
    // After ten hours of failures what waits comes by every two hours and a bit.
    const long = { ...open, failingSince: NOW - 10 * HOUR_MS };
    expect(until(admit(long, at(), 0.999)) - NOW).toBeGreaterThan(1.9 * HOUR_MS);
    expect(until(admit(long, at(), 0.999)) - NOW).toBeLessThan(2.1 * HOUR_MS);
  });

  it('asks for one probe when its time is over, and for another when that one died', () => {
    const open = failures(OPENS_AFTER);
    const later = NOW + 30_000;
    expect(admit(open, at(later), 0)).toEqual({ admitted: true, asProbe: true });
    const probing = probed(open, { id: 'p', until: later + 25_000 }, 'w');
    expect(admit(probing, at(later + 25_000), 0)).toEqual({ admitted: false, until: later + 25_000 + 5_000 });
    expect(admit(probing, at(later + 25_001), 0)).toEqual({ admitted: true, asProbe: true });
    expect(admit(unprobed(probing, 'p', 'w2'), at(later), 0)).toEqual({ admitted: true, asProbe: true });
    expect(unprobed(probing, 'another', 'w2')).toBe(probing);
  });

  it('opens for twice as long after each probe that fails, up to ten minutes', () => {
    let circuit = failures(OPENS_AFTER);
    const waits: number[] = [];
    for (let n = 0; n < 6; n += 1) {
      const now = circuit.openUntil ?? 0;
      circuit = fail(probed(circuit, { id: 'p', until: now }, 'w'), now, 'p');
      waits.push(((circuit.openUntil ?? 0) - now) / 1000);
      expect(circuit.probe).toBeUndefined();
    }
    expect(waits).toEqual([60, 120, 240, 480, 600, 600]);
  });

  it('learns nothing from failures that were in flight when it opened, nor from a probe that was replaced', () => {
    const open = failures(OPENS_AFTER);
    expect(fail(open, NOW + 1)).toBe(open);
    const probing = probed(open, { id: 'second', until: NOW }, 'w');
    expect(fail(probing, NOW + 1, 'first')).toBe(probing);
  });

  it('counts failures days apart as two series', () => {
    const old = failures(OPENS_AFTER - 1);
    expect(fail(old, NOW + 49 * HOUR_MS)).toMatchObject({ failures: 1, failingSince: NOW + 49 * HOUR_MS, opens: 0 });
    expect(fail(old, NOW + 27 * HOUR_MS)).toMatchObject({ failures: OPENS_AFTER, opens: 1, failingSince: NOW });
  });

  it('that was not tried for days begins a new series with a probe that fails: it was not failing all the time', () => {
    const now = NOW + 130 * HOUR_MS;
    const probing = probed({ ...failures(OPENS_AFTER), failures: 9 }, { id: 'p', until: now }, 'w');
    const after = fail(probing, now, 'p');
    expect(isHopeless(after, { now, changedAt: 0, afterMs: 120 * HOUR_MS })).toBe(false);
    expect(after).toMatchObject({ failures: 1, failingSince: now, opens: 0 });
    expect(after.openUntil).toBeUndefined();
    expect(after.probe).toBeUndefined();
  });
});

describe('an endpoint is hopeless', () => {
  const afterMs = 120 * HOUR_MS;
  const on = { now: NOW + afterMs, changedAt: 0, afterMs };

  it('after five days and ten failures without a success between them', () => {
    const failing = { ...failures(OPENS_AFTER), failures: 10 };
    expect(isHopeless(failing, on)).toBe(true);
    expect(isHopeless(failing, { ...on, now: on.now - 1 })).toBe(false);
    expect(isHopeless({ ...failing, failures: 9 }, on)).toBe(false);
  });

  it('not before its owner has had as long since the last change', () => {
    const failing = { ...failures(OPENS_AFTER), failures: 10 };
    expect(isHopeless(failing, { ...on, changedAt: NOW + 1 })).toBe(false);
  });
});
