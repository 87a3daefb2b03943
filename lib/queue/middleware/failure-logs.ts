import type { MiddlewareObj } from '@middy/core';
import { log } from '../../telemetry/index.ts';
import type { MessageMiddleware } from '../message.ts';

/** A line for each message that fails. SQS hands it out again. */
export const messageFailureLog = (): MessageMiddleware => ({
  onError: ({ event: { context }, error }) => {
    const { messageId, queue, receiveCount } = context;
    log.warn('message.failed', { message_id: messageId, queue, receive_count: receiveCount, error });
  },
});

/** A line for what is not the fault of one message, such as the end of the function's time. */
export const batchFailureLog = (): MiddlewareObj => ({
  onError: ({ error }) => log.error('batch.failed', { error }),
});
