import { invalidValue } from '../errors.ts';
import type { FauxqsQueue, QueueStore } from '../fauxqs.ts';
import { inRegion } from '../patches/regions.ts';
import { readPolicy, redriveOf } from '../policy.ts';

const ARN_OF_QUEUE = /^arn:aws[\w-]*:sqs:[\w-]+:\d{12}:[\w-]+(\.fifo)?$/;
const RECEIVE_COUNT_MAX = 1_000;

const allowsSource = (target: FauxqsQueue, sourceArn: string, { region = '' }: QueueStore): boolean => {
  const allow = readPolicy(target.attributes.RedriveAllowPolicy);
  if (allow?.redrivePermission === 'denyAll') return false;
  if (allow?.redrivePermission !== 'byQueue') return true;
  const { sourceQueueArns } = allow;
  return Array.isArray(sourceQueueArns) && sourceQueueArns.some((arn) => inRegion(String(arn), region) === sourceArn);
};

const refusalOf = (policy: string, source: { arn: string; isFifo: boolean }, store: QueueStore): string | undefined => {
  const redrive = readPolicy(policy);
  if (!redrive) return 'Redrive policy is not a valid JSON map.';
  for (const name of ['deadLetterTargetArn', 'maxReceiveCount'])
    if (redrive[name] === undefined) return `Redrive policy does not contain mandatory attribute: ${name}.`;
  const count = Number(redrive.maxReceiveCount);
  if (!Number.isInteger(count) || count < 1 || count > RECEIVE_COUNT_MAX)
    return `Invalid value for maxReceiveCount: ${redrive.maxReceiveCount}, valid values are from 1 to ${RECEIVE_COUNT_MAX} both inclusive.`;
  const arn = String(redrive.deadLetterTargetArn);
  if (!ARN_OF_QUEUE.test(arn)) return 'Invalid value for deadLetterTargetArn.';
  const target = store.getQueueByArn(arn);
  if (!target) return 'Dead letter target does not exist.';
  if (target.isFifo() !== source.isFifo) return 'Dead-letter queue must be same type of queue as the source.';
  return allowsSource(target, source.arn, store)
    ? undefined
    : `The redrive allow policy of ${arn} does not allow this queue.`;
};

/** @throws SqsError if SQS would refuse the redrive policy. */
export const checkRedrive = (policy: string, source: { arn: string; isFifo: boolean }, store: QueueStore): void => {
  const reason = refusalOf(policy, source, store);
  if (reason) throw invalidValue('RedrivePolicy', policy, reason);
};

/** The queues whose dead letters go to the queue. */
export const sourcesOf = (store: QueueStore, deadLetters: FauxqsQueue): FauxqsQueue[] =>
  [...store.allQueues()].filter((queue) => store.getQueueByArn(redriveOf(queue).deadLetterTargetArn) === deadLetters);
