import { describe, expect, it } from 'vitest';
import { deploymentProblems, fitToStage, outputsOf, type Resource, withoutFunctions } from './stage.ts';

const resources = (): Record<string, Resource> => ({
  Table: { Type: 'AWS::DynamoDB::Table', Properties: { TableName: 'it' } },
  Queue: { Type: 'AWS::SQS::Queue', Properties: {} },
  TlsOnly: { Type: 'AWS::SQS::QueuePolicy' },
  QueueAlarm: { Type: 'AWS::CloudWatch::Alarm', Properties: { Namespace: 'AWS/SQS' } },
  ErrorsAlarm: { Type: 'AWS::CloudWatch::Alarm', Properties: { Namespace: 'AWS/Lambda' } },
  LatenessAlarm: { Type: 'AWS::CloudWatch::Alarm', Properties: { Namespace: 'EventSystem' } },
  Dashboard: { Type: 'AWS::CloudWatch::Dashboard', Properties: { DashboardBody: { Ref: 'HttpApi' } } },
});
const fitted = (stage: string, env = {}): Record<string, Resource> => {
  const all = resources();
  fitToStage(all, stage, env);
  return all;
};

describe('a stage', () => {
  it.each(['prod', 'prod-eu', 'production'])('keeps the table of %s when its stack is deleted', (stage) => {
    expect(fitted(stage).Table).toEqual({
      Type: 'AWS::DynamoDB::Table',
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: { TableName: 'it', DeletionProtectionEnabled: true },
    });
  });

  it('deletes the table of any other stage with its stack', () => {
    expect(fitted('dev').Table).toMatchObject({
      DeletionPolicy: 'Delete',
      Properties: { DeletionProtectionEnabled: false },
    });
  });

  it("encrypts the table with TABLE_KMS_KEY_ARN if it is set, else with DynamoDB's key", () => {
    const TABLE_KMS_KEY_ARN = 'arn:aws:kms:us-east-1:123456789012:key/abc';
    expect(fitted('dev', { TABLE_KMS_KEY_ARN }).Table?.Properties).toMatchObject({
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: TABLE_KMS_KEY_ARN },
    });
    expect(fitted('dev').Table?.Properties).not.toHaveProperty('SSESpecification');
  });

  it.each([
    {
      env: { TABLE_KMS_KEY_ARN: 'alias/ours' },
      says: 'TABLE_KMS_KEY_ARN must be the ARN of a KMS key, not of an alias',
    },
    { env: { XRAY: 'yes' }, says: 'XRAY must be on or off' },
    { env: { STACK_TAGS: 'team' }, says: 'STACK_TAGS must be <name>=<value>, separated by commas, not "team"' },
    {
      env: { STACK_TAGS: 'aws:team=a' },
      says: 'STACK_TAGS must be <name>=<value>, separated by commas, not "aws:team=a"',
    },
    { env: { LAMBDA_RESERVED: 'yes' }, says: 'LAMBDA_RESERVED must be on or off' },
  ])('refuses $env', ({ env, says }) => {
    expect(deploymentProblems({}, env)).toEqual([says]);
  });

  it('has no resources in local that emulators lack', () => {
    expect(Object.keys(fitted('local', { ALARM_EMAIL: 'a@example.com' }))).toEqual(['Table', 'Queue']);
  });

  it('notifies the topic that exists, or one in the stack, or none', () => {
    const topic = 'arn:aws:sns:us-east-1:123456789012:ours';
    const actions = (env: object) => fitted('dev', env).QueueAlarm?.Properties;
    expect(actions({})).toMatchObject({ AlarmActions: [], OKActions: [] });
    expect(actions({ ALARM_TOPIC_ARN: topic })).toMatchObject({ AlarmActions: [topic], OKActions: [topic] });
    expect(actions({ ALARM_EMAIL: 'a@example.com' })).toMatchObject({ AlarmActions: [{ Ref: 'AlarmTopic' }] });
    expect(fitted('dev', { ALARM_EMAIL: 'a@example.com' }).AlarmTopic).toMatchObject({
      Properties: { Subscription: [{ Protocol: 'email', Endpoint: 'a@example.com' }] },
    });
    expect(fitted('dev', { ALARM_EMAIL: 'a@example.com', ALARM_TOPIC_ARN: topic }).AlarmTopic).toBeUndefined();
  });
});

describe('a stage without functions', () => {
  it('has no alarms of functions, and keeps those of its queues', () => {
    const all = resources();
    withoutFunctions(all);
    expect(Object.keys(all)).toEqual(['Table', 'Queue', 'TlsOnly', 'QueueAlarm']);
  });

  it('has an output for each variable that the container needs', () => {
    expect(outputsOf({ STAGE: 'dev', DELIVERY_QUEUE_URL: { Ref: 'DeliveryQueue' } })).toEqual({
      EnvDELIVERYQUEUEURL: { Description: 'DELIVERY_QUEUE_URL', Value: { Ref: 'DeliveryQueue' } },
    });
  });
});
