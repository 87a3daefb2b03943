/** Invariants 6 and 8 on the real processes: a batch with a message that nobody can read, and what its redrive comes to. */
import { GetQueueUrlCommand, SendMessageBatchCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import type { NotificationView } from '../../../lib/notifications/view.ts';
import { clientsFor } from '../../../localstack/testing/temporary-directory.ts';
import { until, type World } from '../kit/test-stack.ts';

const MATES = 9;
const QueueName = 'event-notification-service-local-delivery';
/** Five receives, 1 s apart, and the first stays away for longer. */
const DEATH = { deadlineMs: 60_000, everyMs: 100 };
/** Whoever is in hand for longer comes again, and dies with the fifth time. */
const IN_HAND_SECONDS = 5;

interface Dead {
  id: string;
  redriven_at?: string;
}

export interface Poisoned {
  /** The rest of the batch, after all, with how often each was received. */
  mates: { view: NotificationView; arrivals: number }[];
  /** What was listed after the first death, how many a redrive matched, and what was listed after the second. */
  first: Dead[];
  matched: unknown;
  second: Dead[];
  /** How many a further redrive would take. */
  left: unknown;
}

const deadMessages = async (world: World): Promise<Dead[]> =>
  (await world.api<Dead[]>('GET', '/api/v1/dead-letters/?kind=message')).body;

const atLeast = (world: World, count: number): Promise<Dead[]> =>
  until(
    `${count} dead letters are listed`,
    async () => {
      const dead = await deadMessages(world);
      return dead.length >= count && dead;
    },
    DEATH,
  );

const redrive = async (world: World, options: object): Promise<unknown> =>
  (await world.api('POST', '/api/v1/dead-letters/redrive', { kind: 'message', ...options })).body.matched;

/** How long a received message stays away from now on. */
const setVisibility = async (world: World, seconds: number): Promise<void> => {
  const { sqs } = clientsFor(world.stack.awsUrl);
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
  const Attributes = { VisibilityTimeout: String(seconds) };
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
  sqs.destroy();
};

/** A second copy of the timers of nine notifications, and among them in the same batch what is not even JSON. */
const sendBatch = async (world: World, ids: string[], sendAt: string): Promise<void> => {
  const { sqs } = clientsFor(world.stack.awsUrl);
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
  const bodies = ids.map((id) => JSON.stringify({ kind: 'deliver', id, seq: 1, due: Date.parse(sendAt) }));
  bodies.splice(4, 0, '{"kind":"poison"');
  const Entries = bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody, DelaySeconds: 1 }));
  await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  sqs.destroy();
};

export const poisonBatch = async (world: World): Promise<Poisoned> => {
  const webhook_url = world.receiver.url('/mates');
  const send_at = await world.at(1_000);
  const made = await Promise.all(Array.from({ length: MATES }, () => world.create({ send_at, webhook_url })));
  const ids = made.map(({ id }) => id);
  await setVisibility(world, IN_HAND_SECONDS);
  await sendBatch(world, ids, send_at);
  await Promise.all(ids.map((id) => world.untilIs(id, 'SENT')));
  // Five receives of 180 s each are too long for a test; only the poison is left to be received.
  await setVisibility(world, 1);
  const first = await atLeast(world, 1);
  const matched = await redrive(world, {});
  const second = await atLeast(world, 2);
  const left = await redrive(world, { dry_run: true });
  const views = await Promise.all(ids.map((id) => world.read(id)));
  const mates = views.map((view) => ({ view, arrivals: world.receiver.of(view.id).length }));
  return { mates, first, matched, second, left };
};
