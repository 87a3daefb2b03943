/**
 * Kills the service between each two steps of one delivery. What a step is, is seen from outside:
 * by held calls and the receiver.
 */
import { GetQueueAttributesCommand, GetQueueUrlCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { NotificationView } from '../../../lib/notifications/view.ts';
import { clientsFor } from '../../../localstack/testing/temporary-directory.ts';
import { request } from '../kit/client.ts';
import type { Behaviour, Received } from '../kit/receiver.ts';
import type { TestStack } from '../kit/test-stack.ts';
import { until } from '../kit/until.ts';
import { untilAllEnded } from './careful-caller.ts';
import { CRASH_ENV, killAndRecover } from './crash.ts';

export const steps = ['received', 'held', 'claimed', 'sent', 'answered', 'recorded'] as const;
export type Step = (typeof steps)[number];
/** Those first that leave a lease behind: the rest is done while it lapses. */
const order: Step[] = ['claimed', 'sent', 'answered', 'received', 'held', 'recorded'];

/** What is to be killed in the middle of a send must not time out before, on a machine however slow. */
export const STEPS_ENV = { ...CRASH_ENV, CHANNEL_TIMEOUT_MS: '10000' };

/** What may arrive twice after a kill at each step: lib/README.md, "What remains possible". */
export const EXPECTED: Record<Step, { arrivals: number; attempts: string[] }> = {
  received: { arrivals: 1, attempts: ['sent'] },
  held: { arrivals: 1, attempts: ['sent'] },
  claimed: { arrivals: 1, attempts: ['unknown', 'sent'] },
  sent: { arrivals: 2, attempts: ['unknown', 'sent'] },
  answered: { arrivals: 2, attempts: ['unknown', 'sent'] },
  recorded: { arrivals: 1, attempts: ['sent'] },
};

/**
 * The call that shows that the worker has come that far; of the call that is held, that it has come
 * too far.
 */
const HOLDS: Partial<Record<Step, Record<string, string>>> = {
  received: { service: 'dynamodb', operation: 'UpdateItem', when: 'before' },
  held: { service: 'dynamodb', operation: 'UpdateItem', when: 'before' },
  claimed: { service: 'dynamodb', operation: 'UpdateItem', when: 'after' },
  answered: { service: 'dynamodb', operation: 'PutItem', when: 'before' },
  recorded: { service: 'sqs', operation: 'DeleteMessageBatch', when: 'before' },
};

/** A delay of a whole second and nearly one more to hold; else at once. */
const dueMs = (step: Step): number => (step === 'held' ? 1_950 : 0);
const TRIES = 5;

const faultsOf = async (stack: TestStack): Promise<{ service: string; held: number; hits: number }[]> =>
  (await request<never>(`${stack.processes.awsUrl}/_local/faults`, 'GET')).body;

/** How many calls the local AWS holds back. */
export const heldNow = async (stack: TestStack): Promise<number> =>
  (await faultsOf(stack)).reduce((sum, { held }) => sum + held, 0);

const inFlight = async (sqs: SQSClient): Promise<number> => {
  const { QueueUrl } = await sqs.send(
    new GetQueueUrlCommand({ QueueName: 'event-notification-service-local-delivery' }),
  );
  const name = 'ApproximateNumberOfMessagesNotVisible';
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [name] }));
  return Number(Attributes?.[name] ?? 0);
};

const reached = async (stack: TestStack, step: Step, id: string, sqs: SQSClient, before: number): Promise<boolean> => {
  if (step === 'sent') return stack.receiver.of(id).length > 0;
  if (step === 'held') return (await inFlight(sqs)) > before;
  // Other queues' messages are deleted too.
  if (step === 'recorded' && (await stack.read(id)).status !== 'SENT') return false;
  return (await heldNow(stack)) > 0;
};

const holdAt = async (stack: TestStack, step: Step): Promise<void> => {
  const hold = HOLDS[step];
  if (hold) await stack.fault({ ...hold, mode: 'hold' });
};

const ruleOf =
  (stack: TestStack, step: Step) =>
  async ({ id }: Received): Promise<Behaviour> => {
    if (stack.receiver.of(id).length > 1) return 200;
    // The record is a PutItem, as the creation was: that call is held only from now on, before
    // there is an answer to record.
    if (step === 'answered') await holdAt(stack, step);
    return step === 'sent' ? 'hang' : 200;
  };

/**
 * Brings one delivery to a step, kills the service there, and leaves it to the stack. Answers the
 * notification's id; undefined when it was no longer held once the service was gone.
 */
const killAtStep = async (stack: TestStack, step: Step): Promise<string | undefined> => {
  const { sqs } = clientsFor(stack.processes.awsUrl);
  const path = `/step-${step}`;
  const { receiver } = stack;
  receiver.behave(path, ruleOf(stack, step));
  const before = await inFlight(sqs);
  if (step !== 'answered') await holdAt(stack, step);
  const { id } = await stack.create({ send_at: await stack.at(dueMs(step)), webhook_url: receiver.url(path) });
  const hold = HOLDS[step];
  let tooLate = false;
  await until(`the delivery is ${step}`, () => reached(stack, step, id, sqs, before), { everyMs: 5 });
  await killAndRecover(stack, 'service', async () => {
    if (!hold) return;
    await until('what it had called is forgotten', async () => (await heldNow(stack)) === 0);
    tooLate =
      step === 'held' && (await faultsOf(stack)).some(({ service, hits }) => service === hold.service && hits > 0);
    await stack.fault({ service: hold.service, mode: 'off' });
  });
  sqs.destroy();
  return tooLate ? undefined : id;
};

/** A message is held for less than a second: a try that comes too late is repeated with another one. */
const killInTime = async (stack: TestStack, step: Step): Promise<string> => {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const id = await killAtStep(stack, step);
    if (id !== undefined) return id;
  }
  throw new Error(`${step}: always past it before the service was gone`);
};

export const attemptsOf = (view: NotificationView): string[] => view.attempts.map(({ outcome }) => outcome);

/**
 * One delivery for each step, killed there; what each had come to once all have ended, in the form
 * of {@link EXPECTED}.
 */
export const killAtSteps = async (
  stack: TestStack,
): Promise<Record<Step, { arrivals: number; attempts: string[] }>> => {
  const ids = new Map<Step, string>();
  // The minute's reconciler would send an earlier step's delivery again, to the call that is held
  // for a later one's.
  await stack.fault({ service: 'scheduler', mode: 'fire_never' });
  for (const step of order) ids.set(step, await killInTime(stack, step));
  await stack.fault({ service: 'scheduler', mode: 'off' });
  const views = await untilAllEnded(stack, [...ids.values()], { deadlineMs: 120_000, nudge: 'PT11M' });
  const outcomes = steps.map((step) => {
    const view = views.find(({ id }) => id === ids.get(step));
    const arrivals = stack.receiver.of(ids.get(step) ?? '');
    if (new Set(arrivals.map(({ text }) => text)).size !== 1) throw new Error(`${step}: its bytes changed`);
    return [step, { arrivals: arrivals.length, attempts: view ? attemptsOf(view) : [] }];
  });
  return Object.fromEntries(outcomes);
};
