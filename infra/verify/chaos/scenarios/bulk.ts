/** Every process dies, one after the other, during a bulk cancel among events in processing. */
import type { NotificationView } from '../../../../lib/notifications/view.ts';
import { insist } from '../ask.ts';
import type { Scenario } from '../scenario.ts';
import type { ChaosStack } from '../stack.ts';
import {
  createBatch,
  endingsOf,
  type JobCounts,
  killAll,
  listAll,
  untilAllEnded,
  untilDone,
  untilRepaired,
} from '../storms.ts';

const GROUP = 'campaign-1';
const PATH = '/bulk';
/** Due while the command runs. */
const NEAR = { count: 40, spreadMs: 25_000 };
/** Due after every clock move of the recovery. */
const FAR = { count: 40, inMs: 86_400_000 };
const EVENTS = 30;
const OUTCOMES = ['changed', 'too_late', 'not_applicable', 'failed'] as const;

interface Result {
  id: string;
  outcome: (typeof OUTCOMES)[number];
}
interface EventView {
  status: string;
  notifications?: string[];
}

const member = (stack: ChaosStack, inMs: number) => ({
  ...{ notification_type: 'bulk.one', entity_id: 'user-1', group: GROUP },
  ...{ send_at: new Date(stack.now() + inMs).toISOString(), webhook_url: stack.receiver.url(PATH) },
});

const createMembers = (stack: ChaosStack): Promise<string[]> => {
  const near = Array.from({ length: NEAR.count }, (_, nth) => member(stack, (nth / NEAR.count) * NEAR.spreadMs));
  const far = Array.from({ length: FAR.count }, () => member(stack, FAR.inMs));
  return createBatch(stack, 'bulk', [...near, ...far]);
};

/** Half of what they cause is due at once, half of it much later. */
const publish = async (stack: ChaosStack): Promise<string[]> => {
  const items = Array.from({ length: EVENTS }, (_, nth) => ({
    ...{ type: 'custom', source: 'bulk', id: `bulk-${nth}` },
    payload: {
      ...{ entity_id: `user-${nth}`, group: GROUP, webhook_url: stack.receiver.url(PATH) },
      ...(nth % 2 === 0 && { target_date: new Date(stack.now() + FAR.inMs).toISOString() }),
    },
  }));
  const url = `${stack.apis[0]}/api/v1/events/batch`;
  const { results } = await insist<{ results: { id: string }[] }>(url, 'POST', { body: { items } });
  return results.map(({ id }) => id);
};

const causedBy = (stack: ChaosStack, event: string): Promise<string[]> =>
  untilRepaired(stack, `${event} is processed`, async () => {
    const view = await insist<EventView>(`${stack.apis[0]}/api/v1/events/${event}`, 'GET');
    return view.status === 'PROCESSED' && (view.notifications ?? []);
  });

const judgeMember = ({ receiver }: ChaosStack, view: NotificationView, job: JobCounts): string[] => {
  const { id, status, attempts } = view;
  const arrivals = receiver.of(id).length;
  if (status === 'CANCELED')
    return arrivals + attempts.length === 0 ? [] : [`${id}: canceled in bulk, received ${arrivals} times`];
  const [first] = attempts;
  const isBefore = first !== undefined && first.started_at <= String(job.finished_at);
  return isBefore ? [] : [`${id}: is ${status}, first attempted ${first?.started_at}, and the cancel was done before`];
};

const judgeResults = (results: readonly Result[], views: ReadonlyMap<string, NotificationView>): string[] =>
  results.flatMap(({ id, outcome }) => {
    const isCanceled = views.get(id)?.status === 'CANCELED';
    if (!views.has(id)) return [`${id}: answered ${outcome}, and is no member`];
    const isRight = outcome === 'changed' ? isCanceled : outcome === 'too_late' ? !isCanceled : true;
    return isRight ? [] : [`${id}: answered ${outcome}, is ${views.get(id)?.status}`];
  });

const judgeCounts = (job: JobCounts, results: readonly Result[]): string[] => {
  const counted = OUTCOMES.map((outcome) => results.filter((one) => one.outcome === outcome).length);
  const isWhole =
    new Set(results.map(({ id }) => id)).size === job.matched &&
    counted.reduce((sum, one) => sum + one, 0) === job.matched &&
    OUTCOMES.every((outcome, index) => job[outcome] === counted[index]);
  const tells = job.failed === 0 && Number(job.changed) >= FAR.count;
  return isWhole && tells ? [] : [`the job counts wrongly: ${JSON.stringify(job)}, its results are ${counted}`];
};

export const makeBulkScenario = (): Scenario => {
  let ids: string[] = [];
  let events: string[] = [];
  let ordered: JobCounts | undefined;
  const body = { group: GROUP };
  return {
    name: 'SIGKILL storm: during a bulk cancel',
    isShort: true,
    play: async (stack, { faultMs }) => {
      ids = await createMembers(stack);
      events = await publish(stack);
      const killing = killAll(stack, faultMs);
      const order = { expected: 202, body, headers: { 'idempotency-key': 'bulk' } };
      ordered = await insist<JobCounts>(`${stack.apis[0]}/api/v1/notifications/cancel`, 'POST', order);
      await killing;
    },
    met: endingsOf,
    check: async (stack) => {
      const job = await untilDone(stack, String(ordered?.job_id));
      const caused = (await Promise.all(events.map((event) => causedBy(stack, event)))).flat();
      const later = await createBatch(stack, 'later', [member(stack, 0)]);
      await untilRepaired(stack, 'what is due later has come', () => stack.advance(FAR.inMs));
      const [newcomer] = await untilAllEnded(stack, later);
      const covered = await untilAllEnded(stack, [...ids, ...caused]);
      const results = await listAll<Result>(stack, `/api/v1/jobs/${job.job_id}/results?limit=100`);
      return [
        ...(caused.length === EVENTS ? [] : [`${EVENTS} events caused ${caused.length} notifications`]),
        ...(newcomer?.status === 'SENT' ? [] : [`${newcomer?.id}: created after the cancel, is ${newcomer?.status}`]),
        ...judgeCounts(job, results),
        ...judgeResults(results, new Map(covered.map((view) => [view.id, view]))),
        ...covered.flatMap((view) => judgeMember(stack, view, job)),
      ];
    },
  };
};
