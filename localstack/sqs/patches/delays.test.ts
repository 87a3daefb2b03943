import { expect, it } from 'vitest';
import { useFauxqs } from '../fauxqs.testing.ts';
import { followClock } from './delays.ts';

const kit = useFauxqs();
const MINUTE_MS = 60_000;

const setUp = () => {
  const store = kit.fauxqs.makeStore();
  store.persistence = kit.persistence;
  const queue = kit.makeQueue('work', {}, store);
  kit.send(queue, 'near', undefined, 100);
  kit.send(queue, 'far', undefined, 900);
  const waiting = (): string[] => queue.messages.map(({ body }) => body);
  const stored = () => kit.persistence.db.prepare('SELECT delay_until FROM sqs_messages ORDER BY delay_until').all();
  return { clock: followClock(store, kit.persistence), waiting, stored };
};

it('brings delayed messages nearer by an advance, in memory and on disk, once for each offset', () => {
  const { clock, waiting, stored } = setUp();
  const [near, far] = stored().map(({ delay_until }) => Number(delay_until));
  clock.advanceTo(MINUTE_MS);
  clock.advanceTo(MINUTE_MS);
  expect(waiting()).toEqual([]);
  expect(stored()).toEqual([{ delay_until: (near ?? 0) - MINUTE_MS }, { delay_until: (far ?? 0) - MINUTE_MS }]);
  clock.advanceTo(2 * MINUTE_MS);
  expect(waiting()).toEqual(['near']);
});

it('catches up on disk alone, before messages are loaded', () => {
  const { clock, waiting, stored } = setUp();
  const before = stored().map(({ delay_until }) => Number(delay_until));
  clock.catchUp(MINUTE_MS);
  expect(stored().map(({ delay_until }) => Number(delay_until))).toEqual(before.map((until) => until - MINUTE_MS));
  expect(waiting()).toEqual([]);
});
