import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { useFauxqs } from '../fauxqs.testing.ts';
import { openSqs, type Sqs } from '../index.ts';
import { makeFair } from './fair-queue.ts';
import { wakeWhenDue } from './poll-timer.ts';

interface Received {
  ReceiptHandle: string;
  Body: string;
  Attributes?: Record<string, string>;
}

const parts = useFauxqs();

const makeQueue = () => {
  const queue = parts.makeQueue();
  wakeWhenDue(queue);
  makeFair(queue);
  const send = (group: string | undefined, count = 1): void => {
    for (let n = 0; n < count; n += 1) parts.send(queue, group ?? 'none', group);
  };
  const receive = (max = 10): Received[] => queue.dequeue(max) as Received[];
  const remove = (messages: Received[]): void => {
    for (const { ReceiptHandle } of messages) queue.deleteMessage(ReceiptHandle);
  };
  const take = (count: number): Received[] => Array.from({ length: count / 10 }, () => receive()).flat();
  return { queue, send, receive, remove, take };
};
const bodies = (messages: Received[]): string[] => messages.map(({ Body }) => Body);

it('a queue without the patch knows no groups', () => {
  const queue = parts.makeQueue();
  for (let n = 0; n < 40; n += 1) parts.send(queue, 'noisy', 'noisy');
  parts.send(queue, 'quiet', 'quiet');
  for (let n = 0; n < 3; n += 1) queue.dequeue(10);
  const [first] = queue.dequeue(1);
  expect(queue.inflightMessages.get(first?.ReceiptHandle ?? '')?.message.body).toBe('noisy');
});

describe('a fair queue', () => {
  it('answers quiet groups before a noisy one, from 30 in flight on', () => {
    const { send, take, receive } = makeQueue();
    send('noisy', 100);
    send('quiet', 2);
    send(undefined, 2);
    expect(new Set(bodies(take(30)))).toEqual(new Set(['noisy']));
    expect(bodies(receive(5))).toEqual(['quiet', 'quiet', 'none', 'none', 'noisy']);
  });

  it('keeps the order of arrival below 30 in flight, and for a group with no more than a tenth of all', () => {
    const few = makeQueue();
    few.send('noisy', 40);
    few.send('quiet');
    few.take(20);
    expect(bodies(few.receive(9)).includes('quiet')).toBe(false);

    const share = makeQueue();
    share.send(undefined, 300);
    share.send('tenth', 33);
    share.send('quiet');
    share.take(330);
    expect(bodies(share.receive())).toEqual(['tenth', 'tenth', 'tenth', 'quiet']);
  });

  it('counts a group as quiet again once few of its messages are in flight', () => {
    const { send, take, receive, remove } = makeQueue();
    send('noisy', 60);
    send('quiet');
    remove(take(30).slice(1));
    expect(bodies(receive())).not.toContain('quiet');
  });

  it('answers of two noisy groups the one with fewer in flight', () => {
    const { send, take, receive } = makeQueue();
    send('noisier', 60);
    send('noisy', 30);
    take(90);
    send('noisier', 2);
    send('noisy', 2);
    expect(bodies(receive())).toEqual(['noisy', 'noisy', 'noisier', 'noisier']);
  });

  it('counts a message that becomes visible again as no longer in flight', () => {
    const { queue, send, take, receive } = makeQueue();
    send('noisy', 30);
    for (const { ReceiptHandle } of take(30)) queue.changeVisibility(ReceiptHandle, 0);
    send('quiet');
    expect(bodies(receive())).not.toContain('quiet');
  });
});

it('a fair queue loses and doubles nothing, and answers no noisy message before a quiet one', () => {
  const groups = fc.constantFrom('a', 'b', 'c', undefined);
  const send = fc.record({ kind: fc.constant('send' as const), group: groups, count: fc.integer({ min: 1, max: 60 }) });
  const receive = fc.record({ kind: fc.constant('receive' as const), max: fc.integer({ min: 1, max: 10 }) });
  const remove = fc.record({ kind: fc.constant('delete' as const), count: fc.integer({ min: 1, max: 40 }) });
  const steps = fc.array(fc.oneof(send, { arbitrary: receive, weight: 4 }, remove), { maxLength: 80 });
  fc.assert(
    fc.property(steps, (all) => {
      const kit = makeQueue();
      const held: Received[] = [];
      const seen = new Set<string>();
      let sent = 0;
      for (const step of all) {
        if (step.kind === 'send') {
          kit.send(step.group, step.count);
          sent += step.count;
        } else if (step.kind === 'delete') kit.remove(held.splice(0, step.count));
        else {
          const inFlight = held.length;
          const isNoisy = ({ Body }: { Body: string }): boolean => {
            const own = held.filter((each) => each.Body === Body).length;
            return Body !== 'none' && own >= 30 && own > inFlight / 10;
          };
          const waiting = kit.queue.messages.map(({ body }) => ({ Body: body })).filter((one) => !isNoisy(one)).length;
          const got = kit.receive(step.max);
          for (const one of got) expect(seen.has(one.ReceiptHandle)).toBe(false);
          for (const { ReceiptHandle } of got) seen.add(ReceiptHandle);
          expect(got.filter((one) => !isNoisy(one))).toHaveLength(Math.min(waiting, step.max));
          held.push(...got);
        }
        expect(seen.size + kit.queue.messages.length).toBe(sent);
      }
    }),
    { numRuns: 100 },
  );
});

describe('the group of a message in a standard queue', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let sqs: Sqs;
  const open = () => openSqs({ directory: directory.path, region: 'us-east-1', port: 4566, offset: 0 });
  const call = async (action: string, body: object): Promise<Record<string, unknown>> => {
    const { body: text } = await sqs.handle(
      { 'x-amz-target': `AmazonSQS.${action}` },
      JSON.stringify(body),
      () => false,
    );
    return JSON.parse(String(text) || '{}');
  };
  const QueueUrl = 'http://127.0.0.1:4566/000000000000/work';
  const received = async (): Promise<(string | undefined)[]> => {
    const request = { QueueUrl, MaxNumberOfMessages: 10, MessageSystemAttributeNames: ['All'] };
    const { Messages = [] } = (await call('ReceiveMessage', request)) as { Messages?: Received[] };
    return Messages.map(({ Body, Attributes }) => `${Body} ${Attributes?.MessageGroupId ?? '-'}`).toSorted();
  };

  beforeEach(async () => {
    directory = temporaryDirectory();
    sqs = await open();
    await call('CreateQueue', { QueueName: 'work' });
  });
  afterEach(() => {
    sqs.close();
    directory.remove();
  });

  it('is stored, whether it was sent alone, in a batch or by the scheduler', async () => {
    await call('SendMessage', { QueueUrl, MessageBody: 'alone', MessageGroupId: 'a' });
    const Entries = [
      { Id: '0', MessageBody: 'same' },
      { Id: '1', MessageBody: 'same', MessageGroupId: 'b' },
      { Id: '2', MessageBody: '\u0000', MessageGroupId: 'c' },
      { Id: '3', MessageBody: 'other', MessageGroupId: 'd' },
    ];
    const { Failed } = (await call('SendMessageBatch', { QueueUrl, Entries })) as { Failed: unknown[] };
    expect(Failed).toHaveLength(1);
    await sqs.sendBatch('arn:aws:sqs:us-east-1:000000000000:work', [{ id: '1', body: 'fired', groupId: 'e' }]);
    await call('SendMessage', { QueueUrl, MessageBody: 'same' });
    sqs.close();
    sqs = await open();
    expect(await received()).toEqual(['alone a', 'fired e', 'other d', 'same -', 'same -', 'same b']);
  });
});
