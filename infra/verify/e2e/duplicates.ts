/**
 * "One poisoned message fails alone" and "nothing vanishes" (lib/README.md) on the real processes: a batch
 * with an unreadable message, and the result of its redrive.
 */
import { GetQueueUrlCommand, SendMessageBatchCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import type { NotificationView } from '../../../lib/notifications/view.ts';
import { clientsFor } from '../../../localstack/testing/temporary-directory.ts';
import type { TestStack } from '../kit/test-stack.ts';
import { until } from '../kit/until.ts';

const MATES = 9;
const QueueName = 'event-notification-service-local-delivery';
/** Five receives, 1 s apart, and the first stays away for longer. */
const DEATH = { deadlineMs: 60_000, everyMs: 100 };
/** A message that is held for longer is received again, and becomes a dead letter after the fifth time. */
const IN_HAND_SECONDS = 5;

interface Dead {
  id: string;
  redriven_at?: string;
}

interface Poisoned {
  /** The rest of the batch, after all, with how often each was received. */
  mates: { view: NotificationView; arrivals: number }[];
  /**
   * What was listed after the first death, how many a redrive matched, and what was listed after
   * the second.
   */
  first: Dead[];
  matched: unknown;
  second: Dead[];
  /** How many a further redrive would take. */
  left: unknown;
}

const deadMessages = async (stack: TestStack): Promise<Dead[]> =>
  (await stack.api<Dead[]>('GET', '/api/v1/dead-letters/?kind=message')).body;

const atLeast = (stack: TestStack, count: number): Promise<Dead[]> =>
  until(
    `${count} dead letters are listed`,
    async () => {
      const dead = await deadMessages(stack);
      return dead.length >= count && dead;
    },
    DEATH,
  );

const redrive = async (stack: TestStack, options: object): Promise<unknown> =>
  (await stack.api('POST', '/api/v1/dead-letters/redrive', { kind: 'message', ...options })).body.matched;

/** How long a received message stays away from now on. */
const setVisibility = async (stack: TestStack, seconds: number): Promise<void> => {
  const { sqs } = clientsFor(stack.processes.awsUrl);
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
  const Attributes = { VisibilityTimeout: String(seconds) };
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
  sqs.destroy();
};

/**
 * A second copy of the timers of nine notifications, and among them in the same batch what is not
 * even JSON.
 */
const sendBatch = async (stack: TestStack, ids: string[], sendAt: string): Promise<void> => {
  const { sqs } = clientsFor(stack.processes.awsUrl);
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
  const bodies = ids.map((id) => JSON.stringify({ kind: 'deliver', id, seq: 1, due: Date.parse(sendAt) }));
  bodies.splice(4, 0, '{"kind":"poison"');
  const Entries = bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody, DelaySeconds: 1 }));
  await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  sqs.destroy();
};

export const poisonBatch = async (stack: TestStack): Promise<Poisoned> => {
  const webhook_url = stack.receiver.url('/mates');
  const send_at = await stack.at(1_000);
  const made = await Promise.all(Array.from({ length: MATES }, () => stack.create({ send_at, webhook_url })));
  const ids = made.map(({ id }) => id);
  await setVisibility(stack, IN_HAND_SECONDS);
  await sendBatch(stack, ids, send_at);
  await Promise.all(ids.map((id) => stack.untilIs(id, 'SENT')));
  // Five receives of 180 s each are too long for a test; only the poison is left to be received.
  await setVisibility(stack, 1);
  const first = await atLeast(stack, 1);
  const matched = await redrive(stack, {});
  const second = await atLeast(stack, 2);
  const left = await redrive(stack, { dry_run: true });
  const views = await Promise.all(ids.map((id) => stack.read(id)));
  const mates = views.map((view) => ({ view, arrivals: stack.receiver.of(view.id).length }));
  return { mates, first, matched, second, left };
};
