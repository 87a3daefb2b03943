/**
 * AWS list prices, us-east-1, USD, free tiers left out; and what is assumed where nothing can be
 * measured here. Sources: public transcriptions of the AWS price pages (infracost, August 2026);
 * the pages themselves are linked, not read by a program.
 */
export const pricesDate = '2026-11-22';

export const prices = {
  /** https://aws.amazon.com/api-gateway/pricing/ HTTP APIs, the first 300 million. */
  httpApiPerMillion: 1.0,
  /** https://aws.amazon.com/lambda/pricing/ */
  lambdaPerMillion: 0.2,
  lambdaArmPerGbSecond: 0.0000133334,
  /** https://aws.amazon.com/dynamodb/pricing/on-demand/ since 2024-11-01 */
  writeUnitsPerMillion: 0.625,
  readUnitsPerMillion: 0.125,
  storagePerGbMonth: 0.25,
  /** Point-in-time recovery. */
  backupPerGbMonth: 0.2,
  /**
   * https://aws.amazon.com/sqs/pricing/ standard queues; a batch of up to ten, 64 KB in all, is one
   * request.
   */
  sqsPerMillion: 0.4,
  /** https://aws.amazon.com/eventbridge/pricing/ Scheduler: invocations; creating and deleting is free. */
  schedulerPerMillion: 1.0,
  /** https://aws.amazon.com/cloudwatch/pricing/ */
  logsPerGb: 0.5,
  logsKeptPerGbMonth: 0.03,
  metricPerMonth: 0.3,
  alarmPerMonth: 0.1,
  /** https://aws.amazon.com/ec2/pricing/on-demand/ data transfer out to the internet. */
  egressPerGb: 0.09,
};

/** Round trips inside a region, ms; the local ones say nothing about them. */
export const waits = {
  dynamodbMs: 5,
  sqsMs: 10,
  schedulerMs: 20,
  /** The slowest channel of a notification. */
  channelMs: { email: 100, sms: 150, webhook: 250 },
};

/**
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html one vCPU at 1,769 MB, in
 * proportion below.
 */
export const MB_PER_VCPU = 1_769;
/** Head of an HTTP answer or of a webhook, and TLS. */
export const HEAD_BYTES = 500;
/**
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html five pollers, each in a
 * long poll of 20 s.
 */
export const POLLERS_PER_QUEUE = 5;
export const POLL_SECONDS = 20;
export const SECONDS_PER_MONTH = 30 * 86_400;
/** Ended records are kept this long (RETENTION_DAYS). */
export const RETENTION_MONTHS = 1;
