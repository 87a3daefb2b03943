import { GetScheduleCommand, ListSchedulesCommand, ListTagsForResourceCommand } from '@aws-sdk/client-scheduler';
import { beforeAll, describe, expect, it } from 'vitest';
import { create, QUEUE, ROLE, useScheduler } from './scheduler.testing.ts';

const kit = useScheduler();
beforeAll(() => create(kit, { Name: 'updated' }));

const target = { Arn: QUEUE, RoleArn: ROLE };
const constraint = (value: string, path: string, rule: string) =>
  `1 validation error detected: Value ${value} at '${path}' failed to satisfy constraint: Member must ${rule}`;
const refused = (message: string) => ({ name: 'ValidationException', message, $metadata: { httpStatusCode: 400 } });

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
  it.each(constraints)('%s is refused in the words of AWS', async (_, changes, message) => {
    await expect(create(kit, changes)).rejects.toMatchObject(refused(message));
  });

  it('all broken constraints are named at once', async () => {
    const message =
      "2 validation errors detected: Value 'ON' at 'state' failed to satisfy constraint: Member must satisfy enum value set: [ENABLED, DISABLED]; " +
      "Value null at 'flexibleTimeWindow' failed to satisfy constraint: Member must not be null";
    await expect(create(kit, { State: 'ON', FlexibleTimeWindow: undefined })).rejects.toMatchObject(refused(message));
  });

  it('the other operations check theirs', async () => {
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

describe('requests that no SDK makes', () => {
  const raw = (method: string, path: string, body?: string) =>
    fetch(kit.endpoint + path, { method, ...(body !== undefined && { body }) });

  it.each([
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
