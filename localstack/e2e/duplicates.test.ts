import { GetQueueUrlCommand, SendMessageBatchCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { clientsFor } from '../kit.ts';
import { CRASH_ENV, crashUnderLoad } from './crash.ts';
import { until, useWorld } from './kit.ts';

const world = useWorld({ env: CRASH_ENV });

test('with every message of every queue delivered twice, and kills: none lost, no duplicate that no crash explains', {
  timeout: 120_000,
}, async () => {
  const load = { notifications: 200, events: 50, perSecond: 60, doubled: true };
  const outcome = await crashUnderLoad(world, { ...load, kills: ['service', 'aws'] });
  expect(outcome).toMatchObject({ sent: 250, broken: [] });
});

test('with every message delivered twice and nobody dying, each is received once', { timeout: 60_000 }, async () => {
  const load = { notifications: 200, events: 50, perSecond: 100, doubled: true };
  const outcome = await crashUnderLoad(world, { ...load, kills: [] });
  expect(outcome).toMatchObject({ sent: 250, broken: [], duplicates: {} });
});

interface Dead {
  id: string;
  kind: string;
  redriven_at?: string;
}
const deadMessages = async (): Promise<Dead[]> =>
  (await world.api<Dead[]>('GET', '/api/v1/dead-letters/?kind=message')).body;

test('a poisoned message fails alone, ends as one dead letter, and so again when it is redriven', {
  timeout: 60_000,
}, async () => {
  const { sqs } = clientsFor(world.stack.awsUrl);
  const { QueueUrl } = await sqs.send(
    new GetQueueUrlCommand({ QueueName: 'event-notification-service-local-delivery' }),
  );
  // Five receives of 180 s each are too long for a test.
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: '1' } }));
  const webhook_url = world.receiver.url('/batch-mates');
  const send_at = await world.at(1_000);
  const mates = await Promise.all(Array.from({ length: 9 }, () => world.create({ send_at, webhook_url })));
  const bodies = mates.map(({ id }) => JSON.stringify({ kind: 'deliver', id, seq: 1, due: Date.parse(send_at) }));
  bodies.splice(4, 0, '{"kind":"poison"');
  const Entries = bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody, DelaySeconds: 1 }));
  await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  for (const { id } of mates) {
    const { attempts } = await world.untilIs(id, 'SENT');
    expect(attempts).toHaveLength(1);
    expect(world.receiver.of(id)).toHaveLength(1);
  }
  const [first] = await until(
    'it is listed',
    async () => {
      const dead = await deadMessages();
      return dead.length > 0 && dead;
    },
    { deadlineMs: 20_000 },
  );

  const answer = await world.api('POST', '/api/v1/dead-letters/redrive', { kind: 'message' });
  expect(answer).toMatchObject({ status: 202, body: { matched: 1 } });
  const dead = await until(
    'it has died again',
    async () => {
      const now = await deadMessages();
      return now.length > 1 && now;
    },
    { deadlineMs: 20_000 },
  );
  expect(dead).toHaveLength(2);
  expect(dead.find(({ id }) => id === first?.id)?.redriven_at).toBeDefined();
  const { body } = await world.api('POST', '/api/v1/dead-letters/redrive', { kind: 'message', dry_run: true });
  expect(body).toEqual({ matched: 1 });
  for (const { id } of mates) expect(world.receiver.of(id)).toHaveLength(1);
  sqs.destroy();
});
