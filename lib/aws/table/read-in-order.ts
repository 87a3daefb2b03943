/**
 * Reads many items by id, in the order of the ids, without holding more of them than a call or two
 * answers.
 */
import { unavailable } from '../unavailable.ts';

/** Of a first call, whatever came before: 10 MB at most, as an item has at most 400 KB. */
const FIRST_KEYS = 25;
const KEYS_MAX = 100;
/** What a later call should answer: BatchGetItem ends an answer at 16 MB, emulators sooner. */
const CALL_BYTES = 1_000_000;
/** Rounds in a row that bring nothing are a throttle: with their pauses about two seconds. */
const IDLE_ROUNDS_MAX = 6;
const PAUSE_MS = 50;
const PAUSE_MAX_MS = 1_000;

export interface Read<T> {
  id: string;
  /** None: it has expired, and was read all the same. */
  item: T | undefined;
  /** As stored. */
  bytes: number;
}

/** The result of one call: what was found, and the ids that are to be asked for again. */
export interface Answer<T> {
  found: Read<T>[];
  left: ReadonlySet<string>;
}

/** How many keys a call should ask for, by what came back last: kept between reads, as like follows like. */
export interface Pace {
  keys: number;
}

export const makePace = (): Pace => ({ keys: FIRST_KEYS });

export interface ReadPorts<T> {
  pace: Pace;
  call(ids: string[]): Promise<Answer<T>>;
  sleep(ms: number): Promise<unknown>;
  /** Uniform in [0, 1). */
  fraction(): number;
}

/** By what came back. */
const keysFor = (reads: Read<unknown>[]): number => {
  const bytes = reads.reduce((total, read) => total + read.bytes, 0);
  return bytes === 0 ? KEYS_MAX : Math.min(KEYS_MAX, Math.max(1, Math.floor((CALL_BYTES * reads.length) / bytes)));
};

/** Half fixed, half random: processes that were throttled together do not come back together. */
const pauseMs = (idleRounds: number, fraction: number): number =>
  (Math.min(PAUSE_MS * 2 ** idleRounds, PAUSE_MAX_MS) * (1 + fraction)) / 2;

/**
 * What is not there is left out. It calls only as its consumer takes, and goes on as long as calls bring
 * something; throws `unavailable` once one more than {@link IDLE_ROUNDS_MAX} in a row brought nothing.
 */
export async function* readInOrder<T>(ids: readonly string[], ports: ReadPorts<T>): AsyncGenerator<Read<T>> {
  const order = [...new Set(ids)];
  const waiting = new Set(order);
  const found = new Map<string, Read<T>>();
  let keys = Math.min(ports.pace.keys, FIRST_KEYS);
  let idleRounds = 0;
  for (let next = 0; next < order.length; ) {
    const asked = [...waiting].slice(0, keys);
    const answer = await ports.call(asked);
    if (answer.left.size === asked.length) {
      if (idleRounds === IDLE_ROUNDS_MAX) throw unavailable(new Error('BatchGetItem stays incomplete'));
      await ports.sleep(pauseMs(idleRounds, ports.fraction()));
      idleRounds += 1;
      continue;
    }
    idleRounds = 0;
    keys = keysFor(answer.found);
    ports.pace.keys = keys;
    for (const id of asked) if (!answer.left.has(id)) waiting.delete(id);
    for (const read of answer.found) found.set(read.id, read);
    for (let id = order[next]; id !== undefined && !waiting.has(id); id = order[next]) {
      next += 1;
      const read = found.get(id);
      found.delete(id);
      if (read) yield read;
    }
  }
}
