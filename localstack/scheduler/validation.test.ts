import { UpdateScheduleCommand } from '@aws-sdk/client-scheduler';
import { beforeAll, describe, expect, it } from 'vitest';
import { create, QUEUE, ROLE, START, schedule, useScheduler } from './scheduler.testing.ts';

const kit = useScheduler();
beforeAll(() => create(kit, { Name: 'updated' }));

const target = { Arn: QUEUE, RoleArn: ROLE };
const refused = (message: string) => ({ name: 'ValidationException', message, $metadata: { httpStatusCode: 400 } });

describe('rules beyond the model', () => {
  it.each([
    'at(2021-12-31T23:59:59Z)',
    'at(2021-12-31)',
    'at(2026-02-30T00:00:00)',
    'at(2026-13-01T00:00:00)',
    'at(2026-12-01T25:00:00)',
    'rate(10 seconds)',
    'rate(10 years)',
    'rate()',
    'rate(10)',
    'rate(0 minutes)',
    'rate(10 minutess)',
    'rate(foo minutes)',
    'rate(-10 minutes)',
    'rate( 10 minutes )',
    ' rate(10 minutes)',
    'rate(1.5 hours)',
    'rate(1 Hour)',
    'cron()',
    'cron(INVALID)',
    'cron(0 1 * * * *)',
    'cron(0 1 ? * ? *)',
    'cron(7 20 * * NOT *)',
    'cron(0 dummy ? * MON-FRI *)',
    'cron(71 8 1 * ? *)',
    'cron(? 8 1 * ? *)',
    'cron(0 8 0 * ? *)',
    'cron(0 8 ? * 8 *)',
    'cron(0 8 ? * MON#6 *)',
    'cron(0 8 32W * ? *)',
    'cron(0 8 1 * ? 1969)',
    'cron(0/0 8 1 * ? *)',
    'cron(5-1 8 1 * ? *)',
    'cron(0 8 1 * ?)',
    'every day',
  ])('%s is an invalid expression', async (ScheduleExpression) => {
    const message = `Invalid Schedule Expression ${ScheduleExpression}.`;
    await expect(create(kit, { ScheduleExpression })).rejects.toMatchObject(refused(message));
    const update = kit.client.send(new UpdateScheduleCommand(schedule({ Name: 'updated', ScheduleExpression })));
    await expect(update).rejects.toMatchObject(refused(message));
  });

  it.each(['Europe/Atlantis', '+01:00', 'x'])('%s is an invalid time zone', async (ScheduleExpressionTimezone) => {
    const message = `Invalid Schedule Expression Timezone ${ScheduleExpressionTimezone}.`;
    await expect(create(kit, { ScheduleExpressionTimezone })).rejects.toMatchObject(refused(message));
  });

  const rate = { ScheduleExpression: 'rate(1 hour)' };
  const universal = 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage';
  it.each<[string, object, RegExp]>([
    ['a flexible window without length', { FlexibleTimeWindow: { Mode: 'FLEXIBLE' } }, /must be provided/],
    [
      'a length without window',
      { FlexibleTimeWindow: { Mode: 'OFF', MaximumWindowInMinutes: 5 } },
      /must not be provided/,
    ],
    ['universal input that is no JSON', { Target: { Arn: universal, RoleArn: ROLE, Input: '{' } }, /valid JSON/],
    [
      'a start 6 minutes ago',
      { ...rate, StartDate: new Date(START - 360_000) },
      /^The StartDate you specify cannot be earlier than 5 minutes ago\.$/,
    ],
    ['an end in the past', { ...rate, EndDate: new Date(START - 1000) }, /EndDate/],
    [
      'an end before the start',
      { ...rate, StartDate: new Date(START + 2000), EndDate: new Date(START + 1000) },
      /EndDate/,
    ],
  ])('%s is refused', async (_, changes, message) => {
    await expect(create(kit, changes)).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringMatching(message),
    });
  });

  const sendMessage = 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage';
  const arn = (rest: string) => ({ Arn: `arn:aws:${rest}`, RoleArn: ROLE, Input: '{}' });
  it.each<[string, object, string]>([
    ['that is no ARN', { ...target, Arn: 'queue' }, 'Provided Arn is not in correct format.'],
    [
      'that is a queue URL',
      { ...target, Arn: 'http://127.0.0.1:4566/000000000000/q' },
      'Provided Arn is not in correct format.',
    ],
    ['that is a queue of no account', arn('sqs:us-east-1::work'), 'Provided Arn is not in correct format.'],
    ['that is a queue with a blank', arn('sqs:us-east-1:000000000000:a b'), 'Provided Arn is not in correct format.'],
    [
      'that is an API destination',
      arn('events:us-east-1:000000000000:api-destination/a/b'),
      'Provided Arn is not in correct format.',
    ],
    ['of a service that is none', arn('s3:::bucket'), 's3 is not a supported service for a target.'],
    [
      'of the Scheduler itself',
      arn('scheduler:us-east-1:000000000000:schedule/default/x'),
      'scheduler is not a supported service for a target.',
    ],
    ['that only reads', arn('scheduler:::aws-sdk:sqs:getQueueUrl'), 'getQueueUrl API is not supported'],
    [
      'that is universal and has no input',
      { Arn: universal, RoleArn: ROLE },
      'You must provide an input to set this target for your schedule',
    ],
    ...(
      [
        [{ QueueUrl: 'http://127.0.0.1:4566/000000000000/work' }, 'Input must have QueueUrl and MessageBody'],
        [{ QueueUrl: 'work', MessageBody: 'b' }, 'QueueUrl is not a URL: work'],
        [{ QueueUrl: 'http://127.0.0.1/0/work', MessageBody: 'b', Other: 1 }, 'Unsupported parameters: Other'],
        [
          { QueueUrl: 'http://127.0.0.1/0/work', MessageBody: 'b', MessageAttributes: { a: {} } },
          'Message attribute a has no DataType or no value',
        ],
      ] as const
    ).map(([input, reason]): [string, object, string] => [
      `whose SendMessage request can never be sent (${reason})`,
      { Arn: sendMessage, RoleArn: ROLE, Input: JSON.stringify(input) },
      `Invalid RequestJson provided. Reason: ${reason}`,
    ]),
  ])('a target %s is refused, in the words of AWS, by Create and Update', async (_, Target, message) => {
    await expect(create(kit, { Target })).rejects.toMatchObject(refused(message));
    const update = kit.client.send(new UpdateScheduleCommand(schedule({ Name: 'updated', Target })));
    await expect(update).rejects.toMatchObject(refused(message));
  });

  it.each([
    'lambda:us-east-1:000000000000:function:f',
    'states:us-east-1:000000000000:stateMachine:s',
    'events:us-east-1:000000000000:event-bus/default',
    'events:us-east-1:000000000000:event-busv2/orders/0123456789abcdefghijklmno',
    'sqs:eu-west-1:111111111111:not-there.fifo',
    'scheduler:::aws-sdk:ec2:startInstances',
  ])('a target %s can exist, and is taken', async (rest) => {
    await create(kit, { Name: rest.replaceAll(/[^a-z]/g, '-').slice(0, 64), Target: arn(rest) });
  });

  it('dates mean nothing to a one-time schedule, and a past one is accepted', async () => {
    const ScheduleExpression = 'at(2022-12-31T23:59:59)';
    const created = await create(kit, {
      Name: 'past',
      ScheduleExpression,
      StartDate: new Date(0),
      EndDate: new Date(1000),
    });
    expect(created.ScheduleArn).toContain('/default/past');
  });
});
