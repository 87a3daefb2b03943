/** The one queue stack: SQS batches in, the ids of the records that failed out. One poisoned message fails alone. */
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import middy from '@middy/core';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { ZodType } from 'zod';
import { parseJson } from '../schema/json.ts';
import { DEFAULT_TENANT } from '../schema/tenant.ts';
import { validated } from '../schema/validate.ts';
import { flushMetrics, log, withLogFields } from '../telemetry/index.ts';
import { inMessageSpan } from '../telemetry/message-span.ts';
import { flushTraces } from '../telemetry/tracing.ts';

export interface MessageContext {
  messageId: string;
  /** How often SQS has handed this message out, this time included. */
  receiveCount: number;
  /** The queue's name. */
  queue: string;
  /** Whose it is, as far as the queue knows: its message group, else the default tenant. */
  tenant: string;
  /** When it was sent, epoch ms. */
  sentAt: number;
  /** In a dead-letter queue: the name of the queue that gave the message up. */
  sourceQueue?: string;
  /** Until the invocation ends. */
  remainingMs(): number;
  rawBody: string;
}

export type QueueHandler = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;

const nameOf = (arn: string): string => arn.slice(arn.lastIndexOf(':') + 1);

const contextOf = (record: SQSRecord, invocation: Context): MessageContext => {
  const { ApproximateReceiveCount, SentTimestamp, DeadLetterQueueSourceArn } = record.attributes;
  return {
    messageId: record.messageId,
    receiveCount: Number(ApproximateReceiveCount),
    queue: nameOf(record.eventSourceARN),
    tenant: record.attributes.MessageGroupId ?? DEFAULT_TENANT,
    sentAt: Number(SentTimestamp),
    ...(DeadLetterQueueSourceArn && { sourceQueue: nameOf(DeadLetterQueueSourceArn) }),
    remainingMs: () => invocation.getRemainingTimeInMillis(),
    rawBody: record.body,
  };
};

const logFailure = (context: MessageContext, error: unknown): void =>
  log.warn('message.failed', {
    message_id: context.messageId,
    queue: context.queue,
    receive_count: context.receiveCount,
    error,
  });

const parse = <T>(schema: ZodType<T>, body: string): T => validated(schema, parseJson(body));

const stack = (handler: QueueHandler): QueueHandler =>
  middy<SQSEvent>()
    .after(async () => {
      flushMetrics();
      await flushTraces();
    })
    .onError(async ({ error }) => {
      log.error('batch.failed', { error });
      flushMetrics();
      await flushTraces();
    })
    .handler(handler) as unknown as QueueHandler;

const each = (handle: (context: MessageContext) => Promise<void>): QueueHandler =>
  stack((event, invocation) => {
    const handleRecord = (record: SQSRecord): Promise<void> =>
      withLogFields({ message_id: record.messageId }, async () => {
        const context = contextOf(record, invocation);
        await inMessageSpan(context, async () => {
          try {
            await handle(context);
          } catch (error) {
            logFailure(context, error);
            throw error;
          }
        });
      });
    // The processor keeps the batch in itself, and outside Lambda many batches run at once: so one each.
    const processor = new BatchProcessor(EventType.SQS);
    return processPartialResponse(event, handleRecord, processor, { throwOnFullBatchFailure: false });
  });

/**
 * A Lambda handler that gives each message of a batch to `handler`, all at once. A record whose body is not JSON, or
 * does not match the schema, fails alone, as does one whose handler throws: SQS hands it out again, then to the DLQ.
 */
export const batch = <T>(
  schema: ZodType<T>,
  handler: (message: T, context: MessageContext) => Promise<void>,
): QueueHandler => each(async (context) => handler(parse(schema, context.rawBody), context));

/** As `batch`, for what may be anything at all: the dead-letter recorder must not fail where others failed to parse. */
export const rawBatch = (handler: (context: MessageContext) => Promise<void>): QueueHandler => each(handler);
