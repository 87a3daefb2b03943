/**
 * Whether a receiver is worth trying at all: a circuit breaker, pure. Closed; open after {@link
 * OPENS_AFTER} failures in a row; when its time is over one probe is let through, whose success
 * closes it and whose failure opens it for twice as long. A circuit about which nothing is to be
 * said (closed, no failure) is `undefined`: successes need no record.
 */

export const OPENS_AFTER = 5;
const OPEN_MIN_MS = 30_000;
const OPEN_MAX_MS = 10 * 60_000;
/** How long others wait while a probe is in flight. */
const PROBE_WAIT_MS = 5_000;
/**
 * What waits comes back within a share of the time the receiver has been failing: a long outage
 * must not keep all of it circling.
 */
const SPREAD_SHARE = 4;
const SPREAD_MAX_MS = 2 * 3_600_000;
/**
 * Failures further apart than this are not one series; the longest pause of the default retry
 * schedule is 24 h + 10 %.
 */
const SERIES_GAP_MS = 48 * 3_600_000;
/** So many failures at least stand behind "it has been failing for days". */
const DISABLES_AFTER = 10;

export interface Circuit {
  /** In a row. */
  failures: number;
  /** The first and the last of them, business time. */
  failingSince: number;
  lastFailedAt: number;
  /** Short, public, free of personal data. */
  lastError: string;
  /** How often it has opened in a row; 0 is closed. */
  opens: number;
  /** Business time. Absent while closed. */
  openUntil?: number;
  /** Who tries, once its time is over. `until` is real time: a probe that died is replaced. */
  probe?: { id: string; until: number };
  /** Random per write: how a write recognises its own success. */
  writeId: string;
}

export interface Times {
  /** Business time. */
  now: number;
  /** Wall-clock time. */
  real: number;
}

export type Decision = { admitted: true; asProbe: boolean } | { admitted: false; until: number };

const openMs = (opens: number): number => Math.min(OPEN_MIN_MS * 2 ** (opens - 1), OPEN_MAX_MS);

const spreadMs = (circuit: Circuit, now: number): number =>
  Math.max(openMs(circuit.opens) / 2, Math.min((now - circuit.failingSince) / SPREAD_SHARE, SPREAD_MAX_MS));

/**
 * @param fraction uniform in [0, 1): when what is refused comes back, so that all of it does not
 * come at once
 */
export const admit = (circuit: Circuit | undefined, { now, real }: Times, fraction: number): Decision => {
  if (circuit?.openUntil === undefined) return { admitted: true, asProbe: false };
  const spread = Math.round(fraction * spreadMs(circuit, now));
  if (now < circuit.openUntil) return { admitted: false, until: circuit.openUntil + spread };
  if (circuit.probe && real <= circuit.probe.until) return { admitted: false, until: now + PROBE_WAIT_MS + spread };
  return { admitted: true, asProbe: true };
};

/** The circuit with its probe, given that {@link admit} asks for one. */
export const probed = (circuit: Circuit, probe: { id: string; until: number }, writeId: string): Circuit => ({
  ...circuit,
  probe,
  writeId,
});

/** Given back by a probe that sent nothing. The same object: it is not this one's any more. */
export const unprobed = (circuit: Circuit | undefined, probeId: string, writeId: string): Circuit | undefined => {
  if (circuit?.probe?.id !== probeId) return circuit;
  const { probe: _, ...rest } = circuit;
  return { ...rest, writeId };
};

export interface Failure {
  error: string;
  /** Of the probe, if it was one. */
  probeId?: string;
}

const opened = (circuit: Circuit, now: number): Circuit => {
  const { probe: _, ...rest } = circuit;
  const opens = circuit.opens + 1;
  return { ...rest, opens, openUntil: now + openMs(opens) };
};

/**
 * The circuit after a failure. The same object: the failure says nothing new. While it is open only
 * its probe has something to say; all others were in flight when it opened.
 */
export const failed = (
  circuit: Circuit | undefined,
  failure: Failure,
  on: { now: number; writeId: string },
): Circuit => {
  const { now, writeId } = on;
  const first = { failures: 1, failingSince: now, lastFailedAt: now, lastError: failure.error, opens: 0, writeId };
  if (!circuit) return first;
  const isOpen = circuit.openUntil !== undefined;
  if (isOpen && (failure.probeId === undefined || circuit.probe?.id !== failure.probeId)) return circuit;
  if (now - circuit.lastFailedAt > SERIES_GAP_MS) return first;
  const next = { ...circuit, failures: circuit.failures + 1, lastFailedAt: now, lastError: failure.error, writeId };
  return next.failures >= OPENS_AFTER ? opened(next, now) : next;
};

/**
 * Failing all the time, for too long: nothing else is behind its failures, and its owner has
 * changed nothing since.
 */
export const isHopeless = (circuit: Circuit, on: { now: number; changedAt: number; afterMs: number }): boolean =>
  circuit.failures >= DISABLES_AFTER && on.now - Math.max(circuit.failingSince, on.changedAt) >= on.afterMs;
