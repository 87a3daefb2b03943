/**
 * Sends to one queue, coalesced: what is sent in the same turn of the event loop, or within some
 * milliseconds if it can wait, goes out ten to a call. In Lambda that is the messages of one batch; in
 * a server under load it is those of concurrent requests, at a tenth of the calls.
 */
import { SendMessageBatchCommand, type SendMessageBatchRequestEntry, type SQSClient } from '@aws-sdk/client-sqs';
import { groupOf, type Priority } from '../../schema/priority.ts';
import { DEFAULT_TENANT } from '../../schema/tenant.ts';
import { messagingAttributes } from '../../telemetry/message-span.ts';
import { inSpan, SpanKind, traceFields } from '../../telemetry/tracing.ts';
import { unavailable } from '../unavailable.ts';

const BATCH_MAX = 10;
const WAIT_MS = 5;
/** SQS takes 1 MiB a batch; bodies here are ids, resent ones at most 256 KB. */
const BATCH_BYTES_MAX = 1_000_000;

export interface Outgoing {
  /** A text goes out as it is. To a message of our own its sender's trace is added. */
  body: string | object;
  delaySeconds?: number;
  /** Whose it is; undefined: no tenant's. */
  tenant?: string;
  priority?: Priority | undefined;
  /** For some milliseconds, for others to go with it. */
  canWait?: boolean | undefined;
}

/**
 * Makes a standard queue fair (Amazon SQS fair queues). The default tenant has no group, so that a service
 * with one tenant pays for no fairness: SQS takes each such message as a group of its own. Its bulk has one.
 */
const messageGroup = ({ tenant = DEFAULT_TENANT, priority }: Outgoing): { MessageGroupId?: string } => {
  const group = groupOf({ tenant, priority });
  return group === DEFAULT_TENANT ? {} : { MessageGroupId: group };
};

interface Waiting extends Outgoing {
  body: string;
  resolve(): void;
  reject(error: unknown): void;
}

const written = (body: string | object): string =>
  typeof body === 'string' ? body : JSON.stringify({ ...body, ...traceFields() });

export const makeSender = (client: SQSClient, queueUrl: string) => {
  const queue = queueUrl.slice(queueUrl.lastIndexOf('/') + 1);
  const span = { kind: SpanKind.PRODUCER, attributes: messagingAttributes('send', queue) };
  let waiting: Waiting[] = [];

  const take = (): Waiting[] => {
    let bytes = 0;
    let count = 0;
    for (const message of waiting) {
      bytes += Buffer.byteLength(message.body);
      if (count > 0 && (bytes > BATCH_BYTES_MAX || count === BATCH_MAX)) break;
      count += 1;
    }
    const batch = waiting.slice(0, count);
    waiting = waiting.slice(count);
    return batch;
  };

  const sendBatch = async (batch: Waiting[]): Promise<void> => {
    const Entries: SendMessageBatchRequestEntry[] = batch.map((message, index) => ({
      Id: String(index),
      MessageBody: message.body,
      ...(message.delaySeconds ? { DelaySeconds: message.delaySeconds } : {}),
      ...messageGroup(message),
    }));
    try {
      const output = await client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
      const failed = new Map((output.Failed ?? []).map((entry) => [entry.Id, entry]));
      for (const [index, message] of batch.entries()) {
        const failure = failed.get(String(index));
        if (failure) message.reject(unavailable(new Error(`${failure.Code}: ${failure.Message ?? ''}`)));
        else message.resolve();
      }
    } catch (error) {
      for (const message of batch) message.reject(unavailable(error));
    }
  };

  let soon: NodeJS.Immediate | undefined;
  let later: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearImmediate(soon);
    clearTimeout(later);
    soon = undefined;
    later = undefined;
    while (waiting.length > 0) void sendBatch(take());
  };

  const enqueue = (message: Outgoing): Promise<void> =>
    new Promise((resolve, reject) => {
      waiting.push({ ...message, body: written(message.body), resolve, reject });
      if (message.canWait && waiting.length < BATCH_MAX) later ??= setTimeout(flush, WAIT_MS);
      else soon ??= setImmediate(flush);
    });

  return (message: Outgoing): Promise<void> => inSpan(`send ${queue}`, span, () => enqueue(message));
};

export type Send = ReturnType<typeof makeSender>;
