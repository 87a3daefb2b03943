/** Kills the service between each two steps of one delivery. What a step is, is seen from outside: by held calls and the receiver. */
import { GetQueueAttributesCommand, GetQueueUrlCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { NotificationView } from '../../lib/notification-view.ts';
import { clientsFor } from '../kit.ts';
import { killAndHeal } from './crash.ts';
import { until, type World } from './kit.ts';

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

/** A delay of a whole second and nearly one more to hold; else just enough to set the hold. */
const dueMs = (step: Step): number => (step === 'held' ? 1_950 : 400);

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
  if (step === 'answered' && world.receiver.of(id).length === 0) return false;
  return (await heldNow(world)) > 0;
};

/** Brings one delivery to a step, kills the service there, and leaves it to the stack. Answers the notification's id. */
export const killAtStep = async (world: World, step: Step): Promise<string> => {
  const { sqs } = clientsFor(world.stack.awsUrl);
  const path = `/step-${step}`;
  const { receiver } = world;
  receiver.behave(path, ({ id }) => (step === 'sent' && receiver.of(id).length === 1 ? 'hang' : 200));
  const before = await inFlight(sqs);
  const { id } = await world.create({ send_at: await world.at(dueMs(step)), webhook_url: receiver.url(path) });
  const hold = HOLDS[step];
  if (hold) await world.fault({ ...hold, mode: 'hold' });
  await until(`the delivery is ${step}`, () => reached(world, step, id, sqs, before), { everyMs: 5 });
  await killAndHeal(world, 'service', async () => {
    if (!hold) return;
    await until('what it had called is forgotten', async () => (await heldNow(world)) === 0);
    await world.fault({ service: hold.service, mode: 'off' });
  });
  sqs.destroy();
  return id;
};

export const attemptsOf = (view: NotificationView): string[] => view.attempts.map(({ outcome }) => outcome);
