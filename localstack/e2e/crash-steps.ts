/** Kills the service between each two steps of one delivery. What a step is, is seen from outside: by held calls and the receiver. */
import { GetQueueAttributesCommand, GetQueueUrlCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { NotificationView } from '../../lib/notifications/notification-view.ts';
import { clientsFor } from '../kit.ts';
import { BUSY, killAndHeal } from './crash.ts';
import { type Behaviour, type Received, until, type World } from './kit.ts';
import { untilAllEnded } from './races-load.ts';

export const steps = ['received', 'held', 'claimed', 'sent', 'answered', 'recorded'] as const;
export type Step = (typeof steps)[number];

/** What invariant 3 allows after a kill at each step. */
export const EXPECTED: Record<Step, { arrivals: number; attempts: string[] }> = {
  received: { arrivals: 1, attempts: ['sent'] },
  held: { arrivals: 1, attempts: ['sent'] },
  claimed: { arrivals: 1, attempts: ['unknown', 'sent'] },
  sent: { arrivals: 2, attempts: ['unknown', 'sent'] },
  answered: { arrivals: 2, attempts: ['unknown', 'sent'] },
  recorded: { arrivals: 1, attempts: ['sent'] },
};

/** The call at whose door the worker stands when it has come that far. */
const HOLDS: Partial<Record<Step, Record<string, string>>> = {
  received: { service: 'dynamodb', operation: 'UpdateItem', when: 'before' },
  claimed: { service: 'dynamodb', operation: 'UpdateItem', when: 'after' },
  answered: { service: 'dynamodb', operation: 'PutItem', when: 'before' },
  recorded: { service: 'sqs', operation: 'DeleteMessageBatch', when: 'before' },
};

/** A delay of a whole second and nearly one more to hold; else at once. */
const dueMs = (step: Step): number => (step === 'held' ? 1_950 : 0);
/** Time to put the hold before the record, which no earlier write must meet. */
const ANSWER_MS = 500;

/** How many calls the local AWS holds back. */
export const heldNow = async (world: World): Promise<number> => {
  const faults = (await (await fetch(`${world.stack.awsUrl}/_local/faults`)).json()) as { held: number }[];
  return faults.reduce((sum, { held }) => sum + held, 0);
};

const inFlight = async (sqs: SQSClient): Promise<number> => {
  const { QueueUrl } = await sqs.send(
    new GetQueueUrlCommand({ QueueName: 'event-notification-service-local-delivery' }),
  );
  const name = 'ApproximateNumberOfMessagesNotVisible';
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [name] }));
  return Number(Attributes?.[name] ?? 0);
};

const reached = async (world: World, step: Step, id: string, sqs: SQSClient, before: number): Promise<boolean> => {
  if (step === 'sent') return world.receiver.of(id).length > 0;
  if (step === 'held') return (await inFlight(sqs)) > before;
  // Other queues' messages are deleted too.
  if (step === 'recorded' && (await world.read(id)).status !== 'SENT') return false;
  return (await heldNow(world)) > 0;
};

/** The record is a PutItem, as the creation is: that door is closed only when the receiver has the message. */
const holdAt = async (world: World, step: Step, id?: string): Promise<void> => {
  const hold = HOLDS[step];
  if (!hold || (step === 'answered') === (id === undefined)) return;
  if (id !== undefined) await until('it has arrived', () => world.receiver.of(id).length > 0, { everyMs: 5 });
  await world.fault({ ...hold, mode: 'hold' });
};

const ruleOf =
  (world: World, step: Step) =>
  ({ id }: Received): Behaviour => {
    if (step === 'sent' && world.receiver.of(id).length === 1) return 'hang';
    return step === 'answered' ? { status: 200, afterMs: ANSWER_MS } : 200;
  };

/** Brings one delivery to a step, kills the service there, and leaves it to the stack. Answers the notification's id. */
const killAtStep = async (world: World, step: Step): Promise<string> => {
  const { sqs } = clientsFor(world.stack.awsUrl);
  const path = `/step-${step}`;
  const { receiver } = world;
  receiver.behave(path, ruleOf(world, step));
  const before = await inFlight(sqs);
  await holdAt(world, step);
  const { id } = await world.create({ send_at: await world.at(dueMs(step)), webhook_url: receiver.url(path) });
  await holdAt(world, step, id);
  const hold = HOLDS[step];
  await until(`the delivery is ${step}`, () => reached(world, step, id, sqs, before), { ...BUSY, everyMs: 5 });
  await killAndHeal(world, 'service', async () => {
    if (!hold) return;
    await until('what it had called is forgotten', async () => (await heldNow(world)) === 0);
    await world.fault({ service: hold.service, mode: 'off' });
  });
  sqs.destroy();
  return id;
};

export const attemptsOf = (view: NotificationView): string[] => view.attempts.map(({ outcome }) => outcome);

/** One delivery for each step, killed there; what each had come to once all have ended, in the form of {@link EXPECTED}. */
export const killAtSteps = async (world: World): Promise<Record<Step, { arrivals: number; attempts: string[] }>> => {
  const ids = new Map<Step, string>();
  for (const step of steps) ids.set(step, await killAtStep(world, step));
  const views = await untilAllEnded(world, [...ids.values()], { deadlineMs: 60_000, nudge: 'PT11M' });
  const outcomes = steps.map((step) => {
    const view = views.find(({ id }) => id === ids.get(step));
    const arrivals = world.receiver.of(ids.get(step) ?? '');
    if (new Set(arrivals.map(({ text }) => text)).size !== 1) throw new Error(`${step}: its bytes changed`);
    return [step, { arrivals: arrivals.length, attempts: view ? attemptsOf(view) : [] }];
  });
  return Object.fromEntries(outcomes);
};
