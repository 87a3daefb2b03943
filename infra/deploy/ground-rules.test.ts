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
    Bucket: {
      Type: 'AWS::S3::Bucket',
      Properties: {
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
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
    { id: 'Bucket', lost: 'PublicAccessBlockConfiguration', says: 'Bucket may be made public' },
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
    const Variables = { CURSOR_SECRET: '{{resolve:secretsmanager:it}}' };
    const Properties = { FunctionName: 'it-deliver', Timeout: 30, Environment: { Variables } };
    template.Resources.DocsLambdaFunction = { Type: 'AWS::Lambda::Function', Properties };
    expect(groundProblems(template, 'dev')).toEqual(['DocsLambdaFunction has a secret']);
  });

  it.each([
    { name: 'CURSOR_SECRET', value: 'in clear', inClear: true },
    { name: 'CURSOR_SECRET', value: '{{resolve:ssm:it:1}}', inClear: true },
    { name: 'CURSOR_SECRET', value: '{{resolve:secretsmanager:it:SecretString:CURSOR_SECRET}}', inClear: false },
    { name: 'FIELD_KEYS', value: 'a:kms:AQIDAHh', inClear: false },
    { name: 'FIELD_KEYS', value: 'b:AAECAwQF a:kms:AQIDAHh', inClear: true },
    { name: 'SMTP_URL', value: 'smtp://mail.example.com:25', inClear: false },
    { name: 'SMTP_URL', value: 'smtps://user:word@mail.example.com', inClear: true },
    { name: 'EMAIL_FROM', value: 'us@example.com', inClear: false },
  ])('finds that $name is $value: in clear $inClear', ({ name, value, inClear }) => {
    const template = whole();
    Object.assign(template.Resources.Deliver?.Properties ?? {}, { Environment: { Variables: { [name]: value } } });
    expect(groundProblems(template, 'dev')).toEqual(inClear ? [`Deliver has ${name} in clear`] : []);
  });

  it.each([
    { reserved: undefined, says: 'Deliver reserves undefined, of 10 at most' },
    { reserved: 5, says: 'Deliver reserves 5, of 10 at most' },
    { reserved: 10, says: undefined },
  ])('wants of a prod stage that a worker has $reserved for itself: $says', ({ reserved, says }) => {
    const template = whole();
    Object.assign(template.Resources.Table?.Properties ?? {}, { DeletionProtectionEnabled: true });
    Object.assign(template.Resources.Deliver?.Properties ?? {}, { ReservedConcurrentExecutions: reserved });
    expect(groundProblems(template, 'prod')).toEqual(says === undefined ? [] : [says]);
  });

  it('protects the table of a prod stage, and leaves functions out where there are none', () => {
    expect(groundProblems(whole(), 'prod')).toContain('Table is protected against deletion in prod stages alone');
    const { Resources } = whole();
    const bare = Object.entries(Resources).filter(([id]) => !/^(Deliver|Mapping|Stage|Alarm[5-9])/.test(id));
    expect(groundProblems({ Resources: Object.fromEntries(bare) }, 'dev')).toEqual([]);
  });
});
