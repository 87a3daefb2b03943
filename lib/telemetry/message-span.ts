/**
 * The span of a message, by the semantic conventions for messaging. It continues the trace that its
 * sender left in the body.
 */
import type { Attributes, SpanContext } from '@opentelemetry/api';
import { clock } from '../platform/clock.ts';
import { parseTraceContext } from './trace-context.ts';
import { inEntrySpan, isTracing, SpanKind } from './tracing.ts';

/**
 * SQS delays a message by 15 minutes at most; what is older waited in an outage, or in a
 * dead-letter queue.
 */
const NEAR_MS = 20 * 60_000;

interface TracedMessage {
  queue: string;
  messageId: string;
  receiveCount: number;
  /** Epoch ms. */
  sentAt: number;
  rawBody: string;
}

export const messagingAttributes = (operation: 'send' | 'process', queue: string): Attributes => ({
  'messaging.system': 'aws_sqs',
  'messaging.operation.type': operation,
  'messaging.operation.name': operation,
  'messaging.destination.name': queue,
});

/** Of a body that may be anything: what cannot be read carries no trace. */
const membersOf = (rawBody: string): Record<string, unknown> => {
  try {
    return { ...JSON.parse(rawBody) };
  } catch {
    return {};
  }
};

/** Near: the trace to go on with. Far: only one to link to. */
const traceOf = ({ rawBody, sentAt }: TracedMessage): { parent?: SpanContext; links: { context: SpanContext }[] } => {
  const members = membersOf(rawBody);
  const carried = parseTraceContext(members);
  if (carried && clock.real() - sentAt <= NEAR_MS) return { parent: carried, links: [] };
  const linked = carried ?? parseTraceContext({ traceparent: members.tracelink });
  return { links: linked ? [{ context: linked }] : [] };
};

export const inMessageSpan = (message: TracedMessage, run: () => Promise<void>): Promise<void> => {
  if (!isTracing()) return run();
  const { queue, messageId, receiveCount } = message;
  const attributes = {
    ...messagingAttributes('process', queue),
    'messaging.message.id': messageId,
    'event_system.message.receive_count': receiveCount,
  };
  return inEntrySpan(`process ${queue}`, { kind: SpanKind.CONSUMER, attributes, ...traceOf(message) }, run);
};
