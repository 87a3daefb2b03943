import type { MiddlewareObj } from '@middy/core';
import type { Context, SQSRecord } from 'aws-lambda';
import { tenantOf } from '../schema/priority.ts';
import { DEFAULT_TENANT } from '../schema/tenant.ts';

export interface MessageContext {
  messageId: string;
  /** How often SQS has handed this message out, this time included. */
  receiveCount: number;
  /** The queue's name. */
  queue: string;
  /** The tenant that the message belongs to, by its message group; else the default tenant. */
  tenant: string;
  /** When it was sent, epoch ms. */
  sentAt: number;
  /** In a dead-letter queue: the name of the queue that gave the message up. */
  sourceQueue?: string;
  /** Until the invocation ends. */
  remainingMs(): number;
  rawBody: string;
}

/** A message on its way to the handler. */
export interface Received<T> {
  context: MessageContext;
  message?: T;
}
export type MessageMiddleware = MiddlewareObj<Received<unknown>>;

const nameOf = (arn: string): string => arn.slice(arn.lastIndexOf(':') + 1);

export const messageContextOf = (record: SQSRecord, invocation: Context): MessageContext => {
  const { ApproximateReceiveCount, SentTimestamp, DeadLetterQueueSourceArn } = record.attributes;
  return {
    messageId: record.messageId,
    receiveCount: Number(ApproximateReceiveCount),
    queue: nameOf(record.eventSourceARN),
    tenant: tenantOf(record.attributes.MessageGroupId ?? DEFAULT_TENANT),
    sentAt: Number(SentTimestamp),
    ...(DeadLetterQueueSourceArn && { sourceQueue: nameOf(DeadLetterQueueSourceArn) }),
    remainingMs: () => invocation.getRemainingTimeInMillis(),
    rawBody: record.body,
  };
};
