import type { ReceivedMessage } from '../../aws/queues/queue-consumer.ts';
import { clock } from '../../platform/clock.ts';
import { log, queueGauges } from '../../telemetry/index.ts';

const INTERVAL_MS = 15_000;

export interface QueueGauges {
  /** Looks at what arrived, for the age. */
  seen(messages: ReceivedMessage[]): void;
  stop(): void;
}

/** SQS stamps messages with the wall clock, which an advance of the local stack's does not move. */
const ageOf = ({ attributes }: ReceivedMessage): number =>
  Math.max(0, clock.real() - Number(attributes.SentTimestamp ?? clock.real())) / 1000;

/**
 * Reads a queue's depth every 15 s. SQS tells no age of the oldest message: it is the highest among those
 * received since the last reading, counted from the send as CloudWatch does.
 */
export const startQueueGauges = (queue: string, waiting: () => Promise<number>): QueueGauges => {
  let oldestSeconds = 0;
  let reachable = true;
  const read = async (): Promise<void> => {
    queueGauges.oldestAge(queue, oldestSeconds);
    oldestSeconds = 0;
    try {
      queueGauges.depth(queue, await waiting());
      reachable = true;
    } catch (error) {
      if (reachable) log.warn('queue.depth_unknown', { queue, error });
      reachable = false;
    }
  };
  void read();
  const timer = setInterval(() => void read(), INTERVAL_MS);
  return {
    seen: (messages) => {
      oldestSeconds = Math.max(oldestSeconds, ...messages.map(ageOf));
    },
    stop: () => clearInterval(timer),
  };
};
