import { describe, expect, it } from 'vitest';
import { groundProblems } from './ground-rules.ts';
import type { Template } from './template-rules.ts';

type Properties = Record<string, unknown>;
const arn = (id: string): object => ({ 'Fn::GetAtt': [id, 'Arn'] });
const alarm = (MetricName: string): { Type: string; Properties: Properties } => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: { MetricName },
});
const WATCHED = [
  ...Array.from({ length: 5 }, () => 'ApproximateAgeOfOldestMessage'),
  ...['event_system_dead_letters_total', 'event_system_delivery_lateness_seconds', '5xx', 'Latency', 'Errors'],
  ...['Throttles', 'Invocations', 'WriteThrottleEvents', 'TargetErrorCount', 'InvocationDroppedCount'],
];

const whole = (): Template => ({
  Resources: {
    Queue: {
      Type: 'AWS::SQS::Queue',
      Properties: { VisibilityTimeout: 180, RedrivePolicy: {}, SqsManagedSseEnabled: true },
    },
    Deliver: { Type: 'AWS::Lambda::Function', Properties: { FunctionName: 'it-deliver', Timeout: 30 } },
    DeliverLog: {
      Type: 'AWS::Logs::LogGroup',
      Properties: { LogGroupName: '/aws/lambda/it-deliver', RetentionInDays: 30 },
    },
    Mapping: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        EventSourceArn: arn('Queue'),
        FunctionName: arn('Deliver'),
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: 10 },
      },
    },
    Table: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        TimeToLiveSpecification: { Enabled: true },
        DeletionProtectionEnabled: false,
      },
    },
    Stage: {
      Type: 'AWS::ApiGatewayV2::Stage',
      Properties: {
        AccessLogSettings: { DestinationArn: arn('AccessLog') },
        DefaultRouteSettings: { ThrottlingRateLimit: 1_000 },
      },
    },
    ...Object.fromEntries(WATCHED.map((name, index) => [`Alarm${index}`, alarm(name)])),
    ReadAlarm: {
      Type: 'AWS::CloudWatch::Alarm',
      Properties: { Metrics: [{ Expression: 'm1' }, { MetricStat: { Metric: { MetricName: 'ReadThrottleEvents' } } }] },
    },
  },
});

describe('what a deployment must hold to', () => {
  it('is held to by one that has it all', () => {
    expect(groundProblems(whole(), 'dev')).toEqual([]);
  });

  it.each([
    { id: 'Queue', lost: 'RedrivePolicy', says: 'Queue has no dead-letter queue' },
    { id: 'Queue', lost: 'SqsManagedSseEnabled', says: 'Queue is not encrypted' },
    { id: 'Queue', lost: 'VisibilityTimeout', says: 'Queue is visible again before 6 times 30 s' },
    { id: 'DeliverLog', lost: 'RetentionInDays', says: 'Deliver has no log that ends' },
    { id: 'Mapping', lost: 'FunctionResponseTypes', says: 'Mapping reports no partial failures' },
    { id: 'Mapping', lost: 'ScalingConfig', says: 'Mapping has no maximum concurrency' },
    { id: 'Table', lost: 'BillingMode', says: 'Table is not on demand' },
    { id: 'Table', lost: 'PointInTimeRecoverySpecification', says: 'Table has no recovery in time' },
    { id: 'Table', lost: 'TimeToLiveSpecification', says: 'Table forgets nothing' },
    { id: 'Stage', lost: 'AccessLogSettings', says: 'Stage has no access log' },
    { id: 'Stage', lost: 'DefaultRouteSettings', says: 'Stage does not throttle' },
    { id: 'ReadAlarm', lost: 'Metrics', says: 'no alarm watches ReadThrottleEvents' },
    { id: 'Alarm0', lost: 'MetricName', says: 'the age of 4 queues is watched, not of 5' },
  ])('$says, once $id has no $lost', ({ id, lost, says }) => {
    const template = whole();
    delete template.Resources[id]?.Properties[lost];
    expect(groundProblems(template, 'dev')).toEqual([says]);
  });

  it('gives no secret to a function that answers without credentials', () => {
    const template = whole();
    const Properties = { FunctionName: 'it-deliver', Timeout: 30, Environment: { Variables: { CURSOR_SECRET: 'x' } } };
    template.Resources.DocsLambdaFunction = { Type: 'AWS::Lambda::Function', Properties };
    expect(groundProblems(template, 'dev')).toEqual(['DocsLambdaFunction has a secret']);
  });

  it('protects the table of a prod stage, and leaves functions out where there are none', () => {
    expect(groundProblems(whole(), 'prod')).toEqual(['Table is protected against deletion in prod stages alone']);
    const { Resources } = whole();
    const bare = Object.entries(Resources).filter(([id]) => !/^(Deliver|Mapping|Stage|Alarm[5-9])/.test(id));
    expect(groundProblems({ Resources: Object.fromEntries(bare) }, 'dev')).toEqual([]);
  });
});
