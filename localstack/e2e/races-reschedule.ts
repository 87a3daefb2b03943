/** Invariant 2, the second half: a reschedule raced against the due time, so that the old timer fires for nothing. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { World } from './kit.ts';
import type { RaceOutcome } from './races.ts';
import { createPatiently, inParallel, makeAim, untilAllEnded, untilDefinite } from './races-load.ts';

/** Created 3.5 s ahead, so that on a busy machine too there is something to race for. */
const FIRST_DUE_MS = 4_000;
const LATER_MS = 3_000;

/** Every notification gets a later time at about its due time: 200 means it is sent then and only then, 409 that it was sent already. */
export const raceReschedules = async (world: World, count: number, perSecond: number): Promise<RaceOutcome> => {
  const from = Date.now();
  const aim = makeAim();
  const raced = await inParallel(count, count, async (index) => {
    const due = from + FIRST_DUE_MS + (index / perSecond) * 1_000;
    await sleep(Math.max(0, due - FIRST_DUE_MS + 500 - Date.now()));
    const send_at = new Date(due).toISOString();
    const { id } = await createPatiently(world, { send_at, webhook_url: world.receiver.url('/moved') });
    await aim.moment(due);
    const later = due + LATER_MS;
    const patch = { send_at: new Date(later).toISOString() };
    const status = await untilDefinite(world, 'PATCH', id, patch);
    aim.learn(status);
    return { id, later, status };
  });
  const ids = raced.map(({ id }) => id);
  const views = new Map((await untilAllEnded(world, ids, { deadlineMs: 60_000 })).map((view) => [view.id, view]));
  const broken = raced.flatMap(({ id, later, status }) => {
    const received = world.receiver.of(id);
    const { status: state = 'unknown', attempts = [] } = views.get(id) ?? {};
    const early = status === 200 && received.some(({ at }) => at < later);
    if (received.length >= 1 && received.length <= attempts.length && state === 'SENT' && !early) return [];
    return [`${id}: answered ${status}, is ${state}, received ${received.length} times${early ? ', too early' : ''}`];
  });
  return {
    canceled: raced.filter(({ status }) => status === 200).length,
    attempted: raced.filter(({ status }) => status === 409).length,
    broken,
  };
};
