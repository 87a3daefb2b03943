/**
 * The queue pipeline: SQS batches in, the ids of the messages that failed out. One poisoned message
 * fails alone.
 */
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import middy from '@middy/core';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { ZodType } from 'zod';
import { inMessageSpan } from '../telemetry/message-span.ts';
import { type MessageContext, type MessageMiddleware, messageContextOf, type Received } from './message.ts';
import { batchFailureLog, messageFailureLog } from './middleware/failure-logs.ts';
import { flushTelemetry } from './middleware/flush-telemetry.ts';
import { messageParsing } from './middleware/message-parsing.ts';

export type { MessageContext } from './message.ts';

export type QueueHandler = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;

/**
 * Middleware is listed from the outside in: `before` runs in this order, `after` and `onError` in reverse.
 * @param parsing what makes the message of the body
 */
const makeHandler = (
  parsing: MessageMiddleware[],
  handler: (received: Received<unknown>) => Promise<void>,
): QueueHandler => {
  const handleMessage = middy<Received<unknown>>()
    .use(messageFailureLog())
    .use(parsing)
    .handler(handler) as unknown as (received: Received<unknown>) => Promise<void>;

  const handleBatch = (event: SQSEvent, invocation: Context): Promise<SQSBatchResponse> => {
    const handleRecord = (record: SQSRecord): Promise<void> => {
      const context = messageContextOf(record, invocation);
      return inMessageSpan(context, () => handleMessage({ context }));
    };
    // The processor keeps the batch in itself, and outside Lambda many batches run at once: so one each.
    const processor = new BatchProcessor(EventType.SQS);
    return processPartialResponse(event, handleRecord, processor, { throwOnFullBatchFailure: false });
  };
  return middy<SQSEvent>().use(flushTelemetry()).use(batchFailureLog()).handler(handleBatch) as unknown as QueueHandler;
};

/**
 * A Lambda handler that gives each message of a batch to `handler`, all at once. A message that is not JSON,
 * does not match the schema, or whose handler throws fails alone; SQS hands it out again.
 */
export const batch = <T>(
  schema: ZodType<T>,
  handler: (message: T, context: MessageContext) => Promise<void>,
): QueueHandler => makeHandler([messageParsing(schema)], ({ message, context }) => handler(message as T, context));

/**
 * As `batch`, for bodies of any kind: the dead-letter recorder must not fail where others failed to
 * parse.
 */
export const rawBatch = (handler: (context: MessageContext) => Promise<void>): QueueHandler =>
  makeHandler([], ({ context }) => handler(context));
