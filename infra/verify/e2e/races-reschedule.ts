/**
 * "Cancel and reschedule are definite" (lib/README.md): a reschedule raced against the due time, so that the
 * old timer fires for nothing.
 */
import type { TestStack } from '../kit/test-stack.ts';
import { untilAllEnded, untilDefinite } from './careful-caller.ts';
import { countOf, type RaceOutcome } from './races.ts';
import { type Races, raceClaims } from './races-aim.ts';

const LATER_MS = 3_000;

/**
 * Every notification gets a later time at about its due time: 200 means it is sent then and only
 * then, 409 that it was sent already.
 */
export const raceReschedules = async (stack: TestStack, races: Races): Promise<RaceOutcome> => {
  const raced = await raceClaims(
    stack,
    races,
    () => ({ webhook_url: stack.receiver.url('/moved') }),
    async (id, due) => {
      const later = due + LATER_MS;
      return { later, status: await untilDefinite(stack, 'PATCH', id, { send_at: new Date(later).toISOString() }) };
    },
  );
  const ids = raced.map(({ id }) => id);
  const views = new Map((await untilAllEnded(stack, ids, { deadlineMs: 60_000 })).map((view) => [view.id, view]));
  const broken = raced.flatMap(({ id, later, status }) => {
    const received = stack.receiver.of(id);
    const { status: state = 'unknown', attempts = [] } = views.get(id) ?? {};
    const early = status === 200 && received.some(({ at }) => at < later);
    if (received.length >= 1 && received.length <= attempts.length && state === 'SENT' && !early) return [];
    return [`${id}: answered ${status}, is ${state}, received ${received.length} times${early ? ', too early' : ''}`];
  });
  return { ...countOf(raced), broken };
};
