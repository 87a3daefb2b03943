import { describe, expect, it } from 'vitest';
import { policiesOf, type Template, templateProblems } from './template-rules.ts';

const role = (Statement: object[]) => ({
  Type: 'AWS::IAM::Role',
  Properties: { Policies: [{ PolicyDocument: { Version: '2012-10-17', Statement } }] },
});
const withRole = (...Statement: object[]): Template => ({
  Resources: { Table: { Type: 'AWS::DynamoDB::Table', Properties: {} }, GetRole: role(Statement) },
});
const fn = (Role: unknown) => ({ Type: 'AWS::Lambda::Function', Properties: { Role } });

describe('the rules of a packaged template', () => {
  it('lets pass what names its actions and its resource', () => {
    const Resource = { 'Fn::GetAtt': ['Table', 'Arn'] };
    expect(templateProblems(withRole({ Effect: 'Allow', Action: ['dynamodb:GetItem'], Resource }))).toEqual([]);
  });

  it.each([
    { Action: ['dynamodb:*'], Resource: 'arn:x', says: 'GetRole allows dynamodb:*' },
    { Action: ['sqs:SendMessage'], Resource: '*', says: 'GetRole allows sqs:SendMessage on everything' },
    { Action: 'sqs:SendMessage', Resource: ['arn:x', '*'], says: 'GetRole allows sqs:SendMessage on everything' },
  ])('finds $Action on $Resource', ({ says, ...statement }) => {
    expect(templateProblems(withRole({ Effect: 'Allow', ...statement }))).toEqual([says]);
  });

  it('knows that SMS without an originator, and traces, have no resource to name', () => {
    for (const Action of ['sms-voice:SendTextMessage', 'xray:PutTraceSegments'])
      expect(templateProblems(withRole({ Effect: 'Allow', Action: [Action], Resource: '*' }))).toEqual([]);
  });

  it('finds who may send mail from any address', () => {
    const allowed = { Effect: 'Allow', Action: ['ses:SendEmail'], Resource: 'arn:aws:ses:::identity/*' };
    const from = (Condition: object) => templateProblems(withRole({ ...allowed, Condition }));
    expect(templateProblems(withRole(allowed))).toEqual(['GetRole may send e-mail from any address']);
    expect(from({ StringEquals: { 'ses:FromAddress': '' } })).toEqual(['GetRole may send e-mail from any address']);
    expect(from({ StringEquals: { 'ses:FromAddress': 'us@example.com' } })).toEqual([]);
  });

  it('finds more references than CloudFormation resolves', () => {
    const given = (count: number) => ({
      Get: fn({ names: Array.from({ length: count }, () => '{{resolve:secretsmanager:it}}') }),
    });
    expect(templateProblems({ Resources: given(60) })).toEqual([]);
    expect(templateProblems({ Resources: given(61) })).toEqual([
      "61 dynamic references are more than CloudFormation's 60",
    ]);
  });

  it('finds a role that two functions share', () => {
    const Role = { 'Fn::GetAtt': ['GetRole', 'Arn'] };
    const Resources = { ...withRole().Resources, Get: fn(Role), List: fn(Role) };
    expect(templateProblems({ Resources })).toEqual([expect.stringContaining('is the role of two functions')]);
  });

  it('finds that the limit of CloudFormation is near', () => {
    const names = Array.from({ length: 481 }, (_, index) => `Queue${index}`);
    const Resources = Object.fromEntries(names.map((name) => [name, { Type: 'AWS::SQS::Queue', Properties: {} }]));
    expect(templateProblems({ Resources })).toEqual(["481 resources are too close to CloudFormation's limit of 500"]);
  });

  it('puts a text in place of each reference, in managed policies too', () => {
    const sub = (text: string): object => ({ 'Fn::Sub': text.replaceAll(/<(.+?)>/g, '$${$1}') });
    const Resource = [
      { 'Fn::GetAtt': ['Table', 'Arn'] },
      sub('<Table.Arn>/index/*'),
      sub('arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:x'),
      'arn:aws:s3:::given',
    ];
    const PolicyDocument = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'a:B', Resource }] };
    const { Resources } = withRole();
    const [, own] = policiesOf({
      Resources: { ...Resources, PodPolicy: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument } } },
    });
    expect(own?.where).toBe('PodPolicy');
    expect(own?.document.Statement[0]).toMatchObject({
      Action: ['a:B'],
      Resource: [
        'arn:aws:dynamodb:us-east-1:123456789012:table/Table',
        'arn:aws:dynamodb:us-east-1:123456789012:table/Table/index/*',
        'arn:aws:logs:us-east-1:123456789012:x',
        'arn:aws:s3:::given',
      ],
    });
  });
});
