import {
  CreateScheduleCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  ListTagsForResourceCommand,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Kit, QUEUE, ROLE, START, schedule, startKit } from './scheduler.testing.ts';

let kit: Kit;
beforeAll(async () => {
  kit = await startKit();
  await create({ Name: 'updated' });
});
afterAll(() => kit.close());

const target = { Arn: QUEUE, RoleArn: ROLE };
const constraint = (value: string, path: string, rule: string) =>
  `1 validation error detected: Value ${value} at '${path}' failed to satisfy constraint: Member must ${rule}`;
const refused = (message: string) => ({ name: 'ValidationException', message, $metadata: { httpStatusCode: 400 } });
const create = (changes: object) => kit.client.send(new CreateScheduleCommand(schedule(changes)));

const long = 'x'.repeat(2000);
const namePattern = '^[0-9a-zA-Z-_.]+$';
const constraints: [string, object, string][] = [
  [
    'a name of 65',
    { Name: long.slice(0, 65) },
    constraint(`'${long.slice(0, 65)}'`, 'name', 'have length less than or equal to 64'),
  ],
  [
    'a name with a blank',
    { Name: 'a b' },
    constraint("'a b'", 'name', `satisfy regular expression pattern: ${namePattern}`),
  ],
  [
    'a group name',
    { GroupName: 'ä' },
    constraint("'ä'", 'groupName', `satisfy regular expression pattern: ${namePattern}`),
  ],
  [
    'a client token',
    { ClientToken: 'a.b' },
    constraint("'a.b'", 'clientToken', 'satisfy regular expression pattern: ^[a-zA-Z0-9-_]+$'),
  ],
  ['no expression', { ScheduleExpression: undefined }, constraint('null', 'scheduleExpression', 'not be null')],
  ['no target', { Target: undefined }, constraint('null', 'target', 'not be null')],
  ['no role', { Target: { Arn: QUEUE } }, constraint('null', 'target.roleArn', 'not be null')],
  [
    'a long expression',
    { ScheduleExpression: long.slice(0, 257) },
    constraint(`'${long.slice(0, 257)}'`, 'scheduleExpression', 'have length less than or equal to 256'),
  ],
  [
    'an empty expression',
    { ScheduleExpression: '' },
    constraint("''", 'scheduleExpression', 'have length greater than or equal to 1'),
  ],
  [
    'a long zone',
    { ScheduleExpressionTimezone: long.slice(0, 51) },
    constraint(`'${long.slice(0, 51)}'`, 'scheduleExpressionTimezone', 'have length less than or equal to 50'),
  ],
  ['a state', { State: 'ON' }, constraint("'ON'", 'state', 'satisfy enum value set: [ENABLED, DISABLED]')],
  [
    'an action',
    { ActionAfterCompletion: 'KEEP' },
    constraint("'KEEP'", 'actionAfterCompletion', 'satisfy enum value set: [NONE, DELETE]'),
  ],
  [
    'a window mode',
    { FlexibleTimeWindow: { Mode: 'ON' } },
    constraint("'ON'", 'flexibleTimeWindow.mode', 'satisfy enum value set: [OFF, FLEXIBLE]'),
  ],
  [
    'a window of 0',
    { FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 0 } },
    constraint("'0'", 'flexibleTimeWindow.maximumWindowInMinutes', 'have value greater than or equal to 1'),
  ],
  [
    '186 retries',
    { Target: { ...target, RetryPolicy: { MaximumRetryAttempts: 186 } } },
    constraint("'186'", 'target.retryPolicy.maximumRetryAttempts', 'have value less than or equal to 185'),
  ],
  [
    'an age of 59 s',
    { Target: { ...target, RetryPolicy: { MaximumEventAgeInSeconds: 59 } } },
    constraint("'59'", 'target.retryPolicy.maximumEventAgeInSeconds', 'have value greater than or equal to 60'),
  ],
  [
    'an empty input',
    { Target: { ...target, Input: '' } },
    constraint("''", 'target.input', 'have length greater than or equal to 1'),
  ],
  [
    'a FIFO dead-letter queue',
    { Target: { ...target, DeadLetterConfig: { Arn: `${QUEUE}.fifo` } } },
    constraint(
      `'${QUEUE}.fifo'`,
      'target.deadLetterConfig.arn',
      'satisfy regular expression pattern: ^arn:aws(-[a-z]+)?:sqs:[a-z0-9\\-]+:\\d{12}:[a-zA-Z0-9\\-_]+$',
    ),
  ],
  [
    'a message group',
    { Target: { ...target, SqsParameters: { MessageGroupId: long.slice(0, 129) } } },
    constraint(
      `'${long.slice(0, 129)}'`,
      'target.sqsParameters.messageGroupId',
      'have length less than or equal to 128',
    ),
  ],
  [
    'a description',
    { Description: long.slice(0, 513) },
    constraint(`'${long.slice(0, 513)}'`, 'description', 'have length less than or equal to 512'),
  ],
  [
    'a subnet list',
    {
      Target: {
        ...target,
        EcsParameters: { TaskDefinitionArn: 'a', NetworkConfiguration: { awsvpcConfiguration: { Subnets: [] } } },
      },
    },
    constraint(
      "''",
      'target.ecsParameters.networkConfiguration.awsvpcConfiguration.subnets',
      'have length greater than or equal to 1',
    ),
  ],
];

describe('constraints of the model', () => {
  test.each(constraints)('%s is refused in the words of AWS', async (_, changes, message) => {
    await expect(create(changes)).rejects.toMatchObject(refused(message));
  });

  test('all broken constraints are named at once', async () => {
    const message =
      "2 validation errors detected: Value 'ON' at 'state' failed to satisfy constraint: Member must satisfy enum value set: [ENABLED, DISABLED]; " +
      "Value null at 'flexibleTimeWindow' failed to satisfy constraint: Member must not be null";
    await expect(create({ State: 'ON', FlexibleTimeWindow: undefined })).rejects.toMatchObject(refused(message));
  });

  test('the other operations check theirs', async () => {
    const list = kit.client.send(new ListSchedulesCommand({ MaxResults: 101 }));
    await expect(list).rejects.toMatchObject(
      refused(constraint("'101'", 'maxResults', 'have value less than or equal to 100')),
    );
    const tags = kit.client.send(new ListTagsForResourceCommand({ ResourceArn: QUEUE }));
    await expect(tags).rejects.toMatchObject({ message: expect.stringContaining("at 'resourceArn'") });
    const get = kit.client.send(new GetScheduleCommand({ Name: '%' }));
    await expect(get).rejects.toMatchObject({ message: expect.stringContaining("'%' at 'name'") });
  });
});

describe('rules beyond the model', () => {
  test.each([
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
    await expect(create({ ScheduleExpression })).rejects.toMatchObject(refused(message));
    const update = kit.client.send(new UpdateScheduleCommand(schedule({ Name: 'updated', ScheduleExpression })));
    await expect(update).rejects.toMatchObject(refused(message));
  });

  test.each(['Europe/Atlantis', '+01:00', 'x'])('%s is an invalid time zone', async (ScheduleExpressionTimezone) => {
    const message = `Invalid Schedule Expression Timezone ${ScheduleExpressionTimezone}.`;
    await expect(create({ ScheduleExpressionTimezone })).rejects.toMatchObject(refused(message));
  });

  const rate = { ScheduleExpression: 'rate(1 hour)' };
  const universal = 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage';
  test.each<[string, object, RegExp]>([
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
    await expect(create(changes)).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringMatching(message),
    });
  });

  const sendMessage = 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage';
  const arn = (rest: string) => ({ Arn: `arn:aws:${rest}`, RoleArn: ROLE, Input: '{}' });
  test.each<[string, object, string]>([
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
    await expect(create({ Target })).rejects.toMatchObject(refused(message));
    const update = kit.client.send(new UpdateScheduleCommand(schedule({ Name: 'updated', Target })));
    await expect(update).rejects.toMatchObject(refused(message));
  });

  test.each([
    'lambda:us-east-1:000000000000:function:f',
    'states:us-east-1:000000000000:stateMachine:s',
    'events:us-east-1:000000000000:event-bus/default',
    'events:us-east-1:000000000000:event-busv2/orders/0123456789abcdefghijklmno',
    'sqs:eu-west-1:111111111111:not-there.fifo',
    'scheduler:::aws-sdk:ec2:startInstances',
  ])('a target %s can exist, and is taken', async (rest) => {
    await create({ Name: rest.replaceAll(/[^a-z]/g, '-').slice(0, 64), Target: arn(rest) });
  });

  test('dates mean nothing to a one-time schedule, and a past one is accepted', async () => {
    const ScheduleExpression = 'at(2022-12-31T23:59:59)';
    const created = await create({ Name: 'past', ScheduleExpression, StartDate: new Date(0), EndDate: new Date(1000) });
    expect(created.ScheduleArn).toContain('/default/past');
  });
});

describe('requests that no SDK makes', () => {
  const raw = (method: string, path: string, body?: string) =>
    fetch(kit.endpoint + path, { method, ...(body !== undefined && { body }) });

  test.each([
    ['POST', '/schedules/x', '{', 400, 'SerializationException'],
    ['POST', '/schedules/x', '[]', 400, 'SerializationException'],
    ['POST', '/schedules/x', '{"Target":"text"}', 400, 'SerializationException'],
    ['POST', '/schedules/x', '{"StartDate":"tomorrow"}', 400, 'SerializationException'],
    ['GET', '/schedules/%', undefined, 400, 'SerializationException'],
    ['GET', '/schedules?MaxResults=many', undefined, 400, 'SerializationException'],
    ['POST', '/schedules/x', JSON.stringify({ Description: 'x'.repeat(1_100_000) }), 413, 'RequestEntityTooLarge'],
    ['PATCH', '/schedules/x', '{}', 404, 'UnknownOperationException'],
    ['GET', '/constructor/x', undefined, 404, 'UnknownOperationException'],
    ['GET', '/', undefined, 404, 'UnknownOperationException'],
    ['GET', '//', undefined, 404, 'UnknownOperationException'],
  ])('%s %s is answered with an error', async (method, path, body, status, type) => {
    const response = await raw(method, path, body);
    expect(response.status).toBe(status);
    expect(response.headers.get('x-amzn-errortype')).toBe(type);
    expect(await response.json()).toEqual({ Message: expect.any(String) });
  });
});
