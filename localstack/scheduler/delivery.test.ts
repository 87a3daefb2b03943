import {
  CreateScheduleCommand,
  DeleteScheduleCommand,
  GetScheduleCommand,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DLQ, type Kit, QUEUE, ROLE, START, schedule, settled, startKit } from './scheduler.testing.ts';

const SECOND = 1000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let kit: Kit;
beforeEach(async () => {
  kit = await startKit();
});
afterEach(() => kit.close());

const create = async (changes: object) => {
  await kit.client.send(new CreateScheduleCommand(schedule(changes)));
  await settled();
};
const bodies = () => kit.queues.sent.map(({ body }) => body);
const exists = (Name: string) =>
  kit.client.send(new GetScheduleCommand({ Name })).then(
    () => true,
    () => false,
  );
const at = (ms: number) => `at(${new Date(ms).toISOString().slice(0, 19)})`;
const target = (changes: object) => ({ Target: { Arn: QUEUE, RoleArn: ROLE, Input: '{"n":1}', ...changes } });
const noRetries = { RetryPolicy: { MaximumRetryAttempts: 0 } };

describe('targets', () => {
  it('context attributes are filled in, and a message group is passed on', async () => {
    const Input =
      '{"arn":"<aws.scheduler.schedule-arn>","time":"<aws.scheduler.scheduled-time>","id":"<aws.scheduler.execution-id>","n":"<aws.scheduler.attempt-number>","other":"<aws.scheduler.other>"}';
    const Arn = `${QUEUE}.fifo`;
    await create({ ScheduleExpression: at(START), ...target({ Arn, Input, SqsParameters: { MessageGroupId: 'g' } }) });
    expect(kit.queues.sent).toMatchObject([{ queueArn: Arn, groupId: 'g' }]);
    expect(JSON.parse(bodies()[0] ?? '')).toEqual({
      arn: 'arn:aws:scheduler:us-east-1:000000000000:schedule/default/one',
      time: '2026-11-22T10:00:00Z',
      id: expect.stringMatching(/^[0-9a-f]{16}$/),
      n: '1',
      other: '<aws.scheduler.other>',
    });
  });

  it('without Input the message is a Scheduled Event', async () => {
    await create({ ScheduleExpression: at(START), Target: { Arn: QUEUE, RoleArn: ROLE } });
    expect(JSON.parse(bodies()[0] ?? '')).toMatchObject({
      'detail-type': 'Scheduled Event',
      source: 'aws.scheduler',
      time: '2026-11-22T10:00:00Z',
      resources: ['arn:aws:scheduler:us-east-1:000000000000:schedule/default/one'],
    });
  });

  const universal = (input: unknown) =>
    target({
      Arn: 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage',
      Input: JSON.stringify(input),
      DeadLetterConfig: { Arn: DLQ },
    });
  const QueueUrl = 'http://127.0.0.1:4566/000000000000/work';

  it('the universal target sends what its SendMessage request says', async () => {
    const MessageAttributes = { a: { DataType: 'Number', StringValue: '1' } };
    const request = { QueueUrl, MessageBody: 'hello', DelaySeconds: 7, MessageGroupId: 'g', MessageAttributes };
    await create({ ScheduleExpression: at(START), ...universal({ ...request, MessageDeduplicationId: 'd' }) });
    const rest = { delaySeconds: 7, groupId: 'g', deduplicationId: 'd', attributes: MessageAttributes };
    expect(kit.queues.sent).toMatchObject([{ queueArn: QUEUE, body: 'hello', ...rest }]);
  });

  it.each<[string, { Arn: string; Input?: string }, string, string]>([
    [
      'of another service',
      { Arn: 'arn:aws:lambda:us-east-1:000000000000:function:f' },
      'UnsupportedTarget',
      'Only SQS targets are invoked here, not arn:aws:lambda:us-east-1:000000000000:function:f',
    ],
    [
      'of any API but sqs:sendMessage',
      { Arn: 'arn:aws:scheduler:::aws-sdk:ec2:startInstances' },
      'UnsupportedTarget',
      'Only SQS targets are invoked here, not arn:aws:scheduler:::aws-sdk:ec2:startInstances',
    ],
    [
      'that is a FIFO queue, and no message group',
      { Arn: `${QUEUE}.fifo` },
      'MissingParameter',
      'A FIFO queue takes no message without SqsParameters.MessageGroupId',
    ],
    [
      'that is a FIFO queue by its SendMessage request, and no message group in it',
      {
        Arn: 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage',
        Input: JSON.stringify({ QueueUrl: `${QueueUrl}.fifo`, MessageBody: 'x' }),
      },
      'MissingParameter',
      'A FIFO queue takes no message without MessageGroupId',
    ],
  ])(
    'a target %s is taken as on AWS, with a warning, and at its time dead-lettered',
    async (_, changes, code, reason) => {
      const Target = { ...changes, DeadLetterConfig: { Arn: DLQ } };
      await create({ ScheduleExpression: at(START + SECOND), ActionAfterCompletion: 'DELETE', ...target(Target) });
      const warning = { schedule: 'one', group: 'default', target: changes.Arn, reason };
      expect(kit.logged).toEqual([{ level: 'warn', message: 'schedule.cannot_fire', fields: warning }]);
      await kit.pass(SECOND);
      expect(kit.scheduler.stats()).toEqual({ schedules: 0, fired: 0, failed: 1 });
      expect(kit.logged.slice(1)).toMatchObject([{ message: 'schedule given up', fields: { code } }]);
      expect(kit.queues.sent).toMatchObject([
        { queueArn: DLQ, attributes: { ERROR_CODE: { DataType: 'String', StringValue: code } } },
      ]);
    },
  );

  it('a missing queue is a warning when the schedule is created or updated, unless it is disabled', async () => {
    kit.queues.exists = (queueArn) => queueArn !== QUEUE;
    const warning = { message: 'schedule.cannot_fire', fields: { reason: `There is no queue ${QUEUE} yet` } };
    await create({ State: 'DISABLED' });
    expect(kit.logged).toEqual([]);
    await kit.client.send(new UpdateScheduleCommand(schedule({})));
    await create({ Name: 'two', ...universal({ QueueUrl, MessageBody: 'b' }) });
    await create({ Name: 'three', ...target({ Arn: DLQ }) });
    expect(kit.logged).toMatchObject([warning, warning]);
  });
});

describe('failures', () => {
  beforeEach(() => {
    kit.queues.refuse = (queueArn) => (queueArn === QUEUE ? 'out of order' : undefined);
  });

  it('are retried with backoff in real time, and deleted only after the last attempt', async () => {
    const Input = 'attempt <aws.scheduler.attempt-number>';
    await create({ ScheduleExpression: at(START), ActionAfterCompletion: 'DELETE', ...target({ Input }) });
    expect(await exists('one')).toBe(true);
    await kit.advance(DAY); // business time: retries do not follow it
    expect(kit.queues.calls).toHaveLength(1);
    await kit.pass(749);
    expect(kit.queues.calls).toHaveLength(1);
    await kit.pass(1); // 1 s, three quarters of it with a random of one half
    expect(kit.queues.calls).toHaveLength(2);
    await kit.pass(1499);
    expect(kit.queues.calls).toHaveLength(2);
    kit.queues.refuse = () => undefined;
    await kit.pass(1);
    expect(bodies()).toEqual(['attempt 3']);
    expect(await exists('one')).toBe(false);
    expect(kit.scheduler.stats()).toEqual({ schedules: 0, fired: 1, failed: 0 });
  });

  it('are logged once, at the first attempt: as a warning when no retry will help', async () => {
    await create({ ScheduleExpression: at(START) });
    kit.queues.refuse = () => ({ code: 'QueueDoesNotExist', message: 'No such queue' });
    await create({ Name: 'two', ScheduleExpression: at(START) });
    kit.queues.refuse = () => ({ code: 'InvalidParameterValue', message: 'Too long' });
    await create({ Name: 'three', ScheduleExpression: at(START) });
    await kit.pass(HOUR);
    const failed = { message: 'schedule.attempt_failed' };
    expect(kit.logged).toMatchObject([
      { ...failed, level: 'info', fields: { schedule: 'one', error: 'out of order' } },
      { ...failed, level: 'warn', fields: { schedule: 'two', error: 'No such queue' } },
      { ...failed, level: 'warn', fields: { schedule: 'three', error: 'Too long' } },
    ]);
  });

  it('reach the dead-letter queue also if the error quotes invalid characters', async () => {
    kit.queues.refuse = (queueArn) => (queueArn === DLQ ? undefined : 'not a\u0000b');
    await create({ ScheduleExpression: at(START), ...target({ ...noRetries, DeadLetterConfig: { Arn: DLQ } }) });
    expect(kit.queues.sent).toMatchObject([{ attributes: { ERROR_MESSAGE: { StringValue: 'not a b' } } }]);
  });

  it('go to the dead-letter queue after the last attempt, with what AWS says about them', async () => {
    const RetryPolicy = { MaximumRetryAttempts: 2 };
    await create({ ScheduleExpression: at(START), ...target({ RetryPolicy, DeadLetterConfig: { Arn: DLQ } }) });
    for (let n = 0; n < 5; n += 1) await kit.pass(HOUR / 100);
    expect(kit.queues.calls).toHaveLength(4); // three attempts and the dead letter
    const text = (StringValue: string) => ({ DataType: 'String', StringValue });
    expect(kit.queues.sent).toEqual([
      {
        queueArn: DLQ,
        id: expect.any(String),
        body: '{"n":1}',
        attributes: {
          ERROR_CODE: text('TestFailure'),
          ERROR_MESSAGE: text('out of order'),
          EXECUTION_ID: text(expect.any(String)),
          EXHAUSTED_RETRY_CONDITION: text('MaximumRetryAttempts'),
          IS_PAYLOAD_TRUNCATED: text('false'),
          RETRY_ATTEMPTS: text('2'),
          SCHEDULED_TIME: text('2026-11-22T10:00:00Z'),
          SCHEDULE_ARN: text('arn:aws:scheduler:us-east-1:000000000000:schedule/default/one'),
          TARGET_ARN: text(QUEUE),
        },
      },
    ]);
  });

  it('are given up at MaximumEventAgeInSeconds', async () => {
    const RetryPolicy = { MaximumEventAgeInSeconds: 60 };
    await create({ ScheduleExpression: at(START), ...target({ RetryPolicy, DeadLetterConfig: { Arn: DLQ } }) });
    for (let n = 0; n < 59; n += 1) await kit.pass(SECOND);
    expect(kit.queues.sent).toEqual([]);
    await kit.pass(SECOND);
    const condition = { EXHAUSTED_RETRY_CONDITION: { StringValue: 'MaximumEventAgeInSeconds' } };
    expect(kit.queues.sent).toMatchObject([{ attributes: condition }]);
  });

  it('without a dead-letter queue are counted and logged, as is a dead letter that is refused', async () => {
    await create({ Name: 'none', ScheduleExpression: at(START), ...target(noRetries) });
    kit.queues.refuse = () => 'all out of order';
    const DeadLetterConfig = { Arn: DLQ };
    await create({ Name: 'refused', ScheduleExpression: at(START), ...target({ ...noRetries, DeadLetterConfig }) });
    expect(kit.scheduler.stats()).toEqual({ schedules: 2, fired: 0, failed: 2 });
    const messages = kit.logged.map(({ message }) => message);
    expect(messages).toEqual(['schedule given up', 'schedule given up', 'dead letter lost']);
  });

  it('of one entry do not affect the rest of its batch', async () => {
    for (const Input of ['a', 'b', 'c']) await create({ Name: Input, ...target({ Input, ...noRetries }) });
    kit.queues.refuse = (_, { body }) => (body === 'b' ? 'bad' : undefined);
    await kit.advance(DAY);
    expect(kit.queues.calls).toEqual([3]);
    expect(bodies()).toEqual(['a', 'c']);
    expect(kit.scheduler.stats()).toMatchObject({ fired: 2, failed: 1 });
  });

  it('of a whole call fail every entry of it', async () => {
    kit.queues.refuse = () => {
      throw new TypeError('no connection');
    };
    for (const Name of ['a', 'b']) await create({ Name, ...target(noRetries) });
    await kit.advance(DAY);
    expect(kit.scheduler.stats()).toMatchObject({ fired: 0, failed: 2 });
    expect(kit.logged).toMatchObject([{ fields: { code: 'TypeError', error: 'no connection' } }, {}]);
  });

  it('of a deleted schedule are not retried', async () => {
    await create({ ScheduleExpression: at(START) });
    await kit.client.send(new DeleteScheduleCommand({ Name: 'one' }));
    await kit.pass(HOUR);
    expect(kit.queues.calls).toHaveLength(1);
  });
});
