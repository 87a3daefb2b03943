/**
 * "Cancel and edit are definite" (lib/README.md): an edit raced against the due time. With a later time the
 * old timer fires for nothing; a new text alone leaves the timer as it is.
 */
import type { TestStack } from '../kit/test-stack.ts';
import { untilAllEnded, untilDefinite } from './careful-caller.ts';
import { countOf, type RaceOutcome } from './races.ts';
import { type Races, raceClaims } from './races-aim.ts';

const LATER_MS = 3_000;
const BEFORE = 'Before the edit';
const AFTER = 'After the edit';

/**
 * At about its due time every notification gets a new text, and every other one a later time: 200 means
 * that it is sent so, and not before that time, 409 that it was sent already, as it had been.
 */
export const raceReschedules = async (stack: TestStack, races: Races): Promise<RaceOutcome> => {
  let isMoved = false;
  const raced = await raceClaims(
    stack,
    races,
    () => ({ webhook_url: stack.receiver.url('/moved'), subject: BEFORE, body: BEFORE }),
    async (id, due) => {
      const text = { subject: AFTER, body: AFTER };
      isMoved = !isMoved;
      const later = isMoved ? due + LATER_MS : due;
      const patch = isMoved ? { ...text, send_at: new Date(later).toISOString() } : text;
      return { later, status: await untilDefinite(stack, 'PATCH', id, patch) };
    },
  );
  const ids = raced.map(({ id }) => id);
  const views = new Map((await untilAllEnded(stack, ids, { deadlineMs: 60_000 })).map((view) => [view.id, view]));
  const broken = raced.flatMap(({ id, later, status }) => {
    const received = stack.receiver.of(id);
    const { status: state = 'unknown', attempts = [] } = views.get(id) ?? {};
    const early = status === 200 && received.some(({ at }) => at < later);
    const wanted = status === 200 ? AFTER : BEFORE;
    const said = [...new Set(received.flatMap(({ json: { data } }) => [data.subject, data.body]))];
    const isRight = said.length === 1 && said[0] === wanted && !early;
    if (received.length >= 1 && received.length <= attempts.length && state === 'SENT' && isRight) return [];
    const how = `${said.join(' and ')}${early ? ', too early' : ''}`;
    return [`${id}: answered ${status}, is ${state}, received ${received.length} times: ${how}`];
  });
  return { ...countOf(raced), broken };
};
