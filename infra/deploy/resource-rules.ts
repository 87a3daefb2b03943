/** Rules for the resources of a template: what serverless.yml and infra/resources must not lose. */

import { isProd } from '../../lib/platform/stage.ts';
import { alarmMetrics } from '../serverless/alarm-metrics.ts';
import { isPlainSecret, SECRET_VARIABLES } from '../serverless/secret-references.ts';
import type { Template } from './template-rules.ts';

interface Queue {
  VisibilityTimeout: number;
  RedrivePolicy?: object;
  SqsManagedSseEnabled?: boolean;
}
interface Mapping {
  EventSourceArn: { 'Fn::GetAtt': [string, string] };
  FunctionName: { 'Fn::GetAtt': [string, string] };
  FunctionResponseTypes?: string[];
  ScalingConfig?: { MaximumConcurrency?: number };
}
interface Worker {
  Timeout: number;
  ReservedConcurrentExecutions?: number;
}
interface Logged {
  FunctionName: string;
  LoggingConfig?: { ApplicationLogLevel?: string };
  Environment?: { Variables: object };
}
interface Bucket {
  PublicAccessBlockConfiguration?: Record<string, boolean>;
}
interface Table {
  BillingMode?: string;
  PointInTimeRecoverySpecification?: { PointInTimeRecoveryEnabled?: boolean };
  TimeToLiveSpecification?: { Enabled?: boolean };
  DeletionProtectionEnabled?: boolean;
}
interface ApiStage {
  AccessLogSettings?: { DestinationArn?: unknown };
  DefaultRouteSettings?: { ThrottlingRateLimit?: number };
}

/**
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html: a batch that Lambda
 * still retries must not become visible.
 */
const VISIBILITY_FACTOR = 6;
/** infra/resources/queues.yml says why these have no dead-letter queue. */
const NO_REDRIVE = ['ReconcileQueue', 'DeadLetterQueue'];
/** They need no credentials. */
const OPEN_FUNCTIONS = /^(Welcome|Health|HealthLive|Docs|Openapi|NotFound)LambdaFunction$/;
/** By ACL and by policy, existing and future ones. */
const PUBLIC_ACCESS_BLOCKS = 4;
const WATCHED_QUEUES = 5;
/** Metrics that an alarm must watch if there are functions. */
const WATCHED = [
  'event_system_dead_letters_total',
  'event_system_delivery_lateness_seconds',
  '5xx',
  'Latency',
  'Errors',
  'Throttles',
  'Invocations',
];
const WATCHED_ALWAYS = ['ReadThrottleEvents', 'WriteThrottleEvents', 'TargetErrorCount', 'InvocationDroppedCount'];

/** The problem of each rule that is broken. */
const broken = (...rules: [holds: boolean, problem: string][]): string[] =>
  rules.flatMap(([holds, problem]) => (holds ? [] : [problem]));

export const resourceProblems = ({ Resources }: Template, stage: string): string[] => {
  const all = <T>(type: string): [string, T][] =>
    Object.entries(Resources).flatMap(([id, { Type, Properties }]) => (Type === type ? [[id, Properties as T]] : []));
  const propertiesOf = <T>(id: string): T => (Resources[id]?.Properties ?? {}) as T;
  const functions = all<Logged>('AWS::Lambda::Function');
  const logGroups = all<{ LogGroupName: string; RetentionInDays?: number }>('AWS::Logs::LogGroup');
  const watched = all<Record<string, unknown>>('AWS::CloudWatch::Alarm').flatMap(([, alarm]) => alarmMetrics(alarm));
  const ages = watched.filter((name) => name === 'ApproximateAgeOfOldestMessage').length;

  const mappings = all<Mapping>('AWS::Lambda::EventSourceMapping').flatMap(([id, mapping]) => {
    const [queueId] = mapping.EventSourceArn['Fn::GetAtt'];
    const [functionId] = mapping.FunctionName['Fn::GetAtt'];
    const { VisibilityTimeout, RedrivePolicy } = propertiesOf<Queue>(queueId);
    const { Timeout, ReservedConcurrentExecutions: reserved } = propertiesOf<Worker>(functionId);
    const maximum = mapping.ScalingConfig?.MaximumConcurrency;
    return broken(
      [mapping.FunctionResponseTypes?.[0] === 'ReportBatchItemFailures', `${id} reports no partial failures`],
      [maximum !== undefined, `${id} has no maximum concurrency`],
      // Fewer would throttle the worker; more would be lost to all other functions.
      [reserved === (isProd(stage) ? maximum : undefined), `${functionId} reserves ${reserved}, of ${maximum} at most`],
      [
        VisibilityTimeout >= VISIBILITY_FACTOR * Timeout,
        `${queueId} has a visibility timeout below 6 times ${Timeout} s`,
      ],
      [RedrivePolicy !== undefined || NO_REDRIVE.includes(queueId), `${queueId} has no dead-letter queue`],
    );
  });
  const logs = functions.flatMap(([id, { FunctionName, LoggingConfig }]) => {
    const group = logGroups.find(([, { LogGroupName }]) => LogGroupName === `/aws/lambda/${FunctionName}`)?.[1];
    return broken(
      [group?.RetentionInDays !== undefined, `${id} has no log with a retention`],
      // Metrics are lines without a level, INFO to Lambda; LOG_LEVEL filters the others.
      [LoggingConfig?.ApplicationLogLevel === 'TRACE', `${id} filters lines by its own log level`],
    );
  });
  const environments = functions.flatMap(([id, { Environment }]) => {
    const given = Object.entries(Environment?.Variables ?? {});
    const plain = given.filter(([name, value]) => typeof value === 'string' && isPlainSecret(name, value));
    return [
      ...broken([
        !OPEN_FUNCTIONS.test(id) || !given.some(([name]) => SECRET_VARIABLES.includes(name)),
        `${id} has a secret`,
      ]),
      ...plain.map(([name]) => `${id} has ${name} in plain text`),
    ];
  });
  const tables = all<Table>('AWS::DynamoDB::Table').flatMap(([id, table]) =>
    broken(
      [table.BillingMode === 'PAY_PER_REQUEST', `${id} does not use on-demand capacity`],
      [
        table.PointInTimeRecoverySpecification?.PointInTimeRecoveryEnabled === true,
        `${id} has no point-in-time recovery`,
      ],
      [table.TimeToLiveSpecification?.Enabled === true, `${id} has no time to live`],
      [
        table.DeletionProtectionEnabled === isProd(stage),
        `${id} must be protected from deletion in prod stages, and only there`,
      ],
    ),
  );
  const queues = all<Queue>('AWS::SQS::Queue').flatMap(([id, { SqsManagedSseEnabled }]) =>
    broken([SqsManagedSseEnabled === true, `${id} is not encrypted`]),
  );
  const buckets = all<Bucket>('AWS::S3::Bucket').flatMap(([id, { PublicAccessBlockConfiguration: blocks = {} }]) =>
    broken([Object.values(blocks).filter(Boolean).length === PUBLIC_ACCESS_BLOCKS, `${id} may be made public`]),
  );
  const stages = all<ApiStage>('AWS::ApiGatewayV2::Stage').flatMap(([id, api]) =>
    broken(
      [api.AccessLogSettings?.DestinationArn !== undefined, `${id} has no access log`],
      [api.DefaultRouteSettings?.ThrottlingRateLimit !== undefined, `${id} does not throttle`],
    ),
  );
  const needed = functions.length > 0 ? [...WATCHED, ...WATCHED_ALWAYS] : WATCHED_ALWAYS;
  const unwatched = needed.filter((name) => !watched.includes(name)).map((name) => `no alarm watches ${name}`);
  return [
    ...mappings,
    ...logs,
    ...environments,
    ...queues,
    ...buckets,
    ...tables,
    ...stages,
    ...unwatched,
    ...broken([ages >= WATCHED_QUEUES, `the age of ${ages} queues is watched, not of ${WATCHED_QUEUES}`]),
  ];
};
