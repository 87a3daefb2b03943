import { describe, expect, it } from 'vitest';
import { resourceProblems } from './resource-rules.ts';
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
    Deliver: {
      Type: 'AWS::Lambda::Function',
      Properties: { FunctionName: 'it-deliver', Timeout: 30, LoggingConfig: { ApplicationLogLevel: 'TRACE' } },
    },
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

describe('the rules for resources', () => {
  it('find no problem in a complete template', () => {
    expect(resourceProblems(whole(), 'dev')).toEqual([]);
  });

  it.each([
    { id: 'Queue', lost: 'RedrivePolicy', says: 'Queue has no dead-letter queue' },
    { id: 'Queue', lost: 'SqsManagedSseEnabled', says: 'Queue is not encrypted' },
    { id: 'Queue', lost: 'VisibilityTimeout', says: 'Queue has a visibility timeout below 6 times 30 s' },
    { id: 'DeliverLog', lost: 'RetentionInDays', says: 'Deliver has no log with a retention' },
    { id: 'Deliver', lost: 'LoggingConfig', says: 'Deliver filters lines by its own log level' },
    { id: 'Mapping', lost: 'FunctionResponseTypes', says: 'Mapping reports no partial failures' },
    { id: 'Mapping', lost: 'ScalingConfig', says: 'Mapping has no maximum concurrency' },
    { id: 'Bucket', lost: 'PublicAccessBlockConfiguration', says: 'Bucket may be made public' },
    { id: 'Table', lost: 'BillingMode', says: 'Table does not use on-demand capacity' },
    { id: 'Table', lost: 'PointInTimeRecoverySpecification', says: 'Table has no point-in-time recovery' },
    { id: 'Table', lost: 'TimeToLiveSpecification', says: 'Table has no time to live' },
    { id: 'Stage', lost: 'AccessLogSettings', says: 'Stage has no access log' },
    { id: 'Stage', lost: 'DefaultRouteSettings', says: 'Stage does not throttle' },
    { id: 'ReadAlarm', lost: 'Metrics', says: 'no alarm watches ReadThrottleEvents' },
    { id: 'Alarm0', lost: 'MetricName', says: 'the age of 4 queues is watched, not of 5' },
  ])('find that $says, if $id has no $lost', ({ id, lost, says }) => {
    const template = whole();
    delete template.Resources[id]?.Properties[lost];
    expect(resourceProblems(template, 'dev')).toEqual([says]);
  });

  it('allow no secret in a function that needs no credentials', () => {
    const template = whole();
    const Variables = { CURSOR_SECRET: '{{resolve:secretsmanager:it}}' };
    const Type = 'AWS::Lambda::Function';
    const Properties = { ...template.Resources.Deliver?.Properties, Environment: { Variables } };
    template.Resources.DocsLambdaFunction = { Type, Properties };
    expect(resourceProblems(template, 'dev')).toEqual(['DocsLambdaFunction has a secret']);
  });

  it.each([
    { name: 'CURSOR_SECRET', value: 'in clear', isPlain: true },
    { name: 'CURSOR_SECRET', value: '{{resolve:ssm:it:1}}', isPlain: true },
    { name: 'CURSOR_SECRET', value: '{{resolve:secretsmanager:it:SecretString:CURSOR_SECRET}}', isPlain: false },
    { name: 'FIELD_KEYS', value: 'a:kms:AQIDAHh', isPlain: false },
    { name: 'FIELD_KEYS', value: 'b:AAECAwQF a:kms:AQIDAHh', isPlain: true },
    { name: 'SMTP_URL', value: 'smtp://mail.example.com:25', isPlain: false },
    { name: 'SMTP_URL', value: 'smtps://user:word@mail.example.com', isPlain: true },
    { name: 'EMAIL_FROM', value: 'us@example.com', isPlain: false },
  ])('find whether $name = $value is a plain secret: $isPlain', ({ name, value, isPlain }) => {
    const template = whole();
    Object.assign(template.Resources.Deliver?.Properties ?? {}, { Environment: { Variables: { [name]: value } } });
    expect(resourceProblems(template, 'dev')).toEqual(isPlain ? [`Deliver has ${name} in plain text`] : []);
  });

  it.each([
    { reserved: undefined, says: 'Deliver reserves undefined, of 10 at most' },
    { reserved: 5, says: 'Deliver reserves 5, of 10 at most' },
    { reserved: 10, says: undefined },
  ])('find in a prod stage whose worker reserves $reserved: $says', ({ reserved, says }) => {
    const template = whole();
    Object.assign(template.Resources.Table?.Properties ?? {}, { DeletionProtectionEnabled: true });
    Object.assign(template.Resources.Deliver?.Properties ?? {}, { ReservedConcurrentExecutions: reserved });
    expect(resourceProblems(template, 'prod')).toEqual(says === undefined ? [] : [says]);
  });

  it('protect the table of a prod stage, and need no alarms of functions if there are none', () => {
    expect(resourceProblems(whole(), 'prod')).toContain(
      'Table must be protected from deletion in prod stages, and only there',
    );
    const { Resources } = whole();
    const bare = Object.entries(Resources).filter(([id]) => !/^(Deliver|Mapping|Stage|Alarm[5-9])/.test(id));
    expect(resourceProblems({ Resources: Object.fromEntries(bare) }, 'dev')).toEqual([]);
  });
});
