import { describe, expect, it } from 'vitest';
import { type AwsCall, needsOf, refusedBy, unusedOf } from './needs.ts';

const ACCOUNT = '000000000000';
const call = (fields: Partial<AwsCall>): AwsCall => ({
  ...{ functionName: 'any', region: 'us-east-1', method: 'POST', path: '/' },
  ...fields,
});
const pairs = (fields: Partial<AwsCall>): string[] =>
  needsOf(call(fields), ACCOUNT).map(({ action, resource }) => `${action} ${resource}`);

describe('what a call needs', () => {
  it('is the table, and for an index the index alone', () => {
    expect(pairs({ target: 'DynamoDB_20120810.GetItem', tables: ['t'] })).toEqual([
      'dynamodb:GetItem arn:aws:dynamodb:us-east-1:000000000000:table/t',
    ]);
    expect(pairs({ target: 'DynamoDB_20120810.Query', tables: ['t'], index: 'open' })).toEqual([
      'dynamodb:Query arn:aws:dynamodb:us-east-1:000000000000:table/t/index/open',
    ]);
  });

  it('is one action for messages, however many are sent at once', () => {
    expect(pairs({ target: 'AmazonSQS.SendMessageBatch', queueUrl: 'http://sqs/000000000000/q' })).toEqual([
      'sqs:SendMessage arn:aws:sqs:us-east-1:000000000000:q',
    ]);
  });

  it('is the schedules of a group, and the role that one is handed', () => {
    const roleArn = `arn:aws:iam::${ACCOUNT}:role/r`;
    expect(pairs({ path: '/schedules/s', method: 'PUT', group: 'g', roleArn })).toEqual([
      'scheduler:UpdateSchedule arn:aws:scheduler:us-east-1:000000000000:schedule/g/*',
      `iam:PassRole ${roleArn}`,
    ]);
    expect(pairs({ path: '/schedules/s?groupName=g', method: 'DELETE' })).toEqual([
      'scheduler:DeleteSchedule arn:aws:scheduler:us-east-1:000000000000:schedule/g/*',
    ]);
    expect(pairs({ path: '/schedule-groups/g', method: 'GET' })).toEqual([
      'scheduler:GetScheduleGroup arn:aws:scheduler:us-east-1:000000000000:schedule-group/g',
    ]);
  });

  it('is no resource of ours for an e-mail', () => {
    expect(pairs({ path: '/v2/email/outbound-emails' })).toEqual([
      expect.stringMatching(/^ses:SendEmail arn:aws:ses:.*:identity\/any$/),
    ]);
  });

  it.each([
    [{ target: 'DynamoDB_20120810.Scan', tables: ['t'] }, 'does not say what IAM calls Scan, of any'],
    [{ target: 'AmazonSQS.SendMessageBatch' }, 'any calls SendMessageBatch at nothing that has a name'],
  ])('is not guessed: %j', (fields, message) => {
    expect(() => pairs(fields)).toThrow(message);
  });
});

describe('a role', () => {
  const get = { action: 'dynamodb:GetItem', resource: 'arn:aws:dynamodb:us-east-1:1:table/t' };
  const own = { Action: ['sqs:DeleteMessage', 'sqs:ReceiveMessage', 'sqs:SendMessage'], Resource: 'arn:aws:sqs:::q' };

  it('refuses another action, another index, a name that only begins alike', () => {
    const statements = [{ Action: [get.action], Resource: get.resource }];
    const others = [
      { ...get, action: 'dynamodb:PutItem' },
      { ...get, resource: `${get.resource}/index/open` },
      { ...get, resource: `${get.resource}2` },
    ];
    expect(refusedBy(statements, [get, ...others])).toEqual(others);
  });

  it('allows what its wildcards cover', () => {
    const [Resource, resource] = ['arn:aws:scheduler:::schedule/g/*', 'arn:aws:scheduler:::schedule/g/s'];
    const need = { action: 'scheduler:GetSchedule', resource };
    expect(refusedBy([{ Action: [need.action], Resource }], [need, { ...need, resource: 'other' }])).toHaveLength(1);
  });

  it('has no use for what was not called, beside what Lambda does in its name', () => {
    expect(unusedOf([own, { Action: [get.action], Resource: get.resource }], [get])).toEqual([
      { action: 'sqs:SendMessage', resource: own.Resource },
    ]);
  });
});
