import { randomBytes } from 'node:crypto';
import type { BatchEntry } from '../sqs/message.ts';
import { scheduleArn } from './context.ts';
import { readSendMessage } from './send-message.ts';
import { QUEUE_ARN, SEND_MESSAGE } from './target-arn.ts';
import type { Invocation, Schedule, Target } from './types.ts';

export interface Failure {
  code: string;
  message: string;
}

export type Entry = Omit<BatchEntry, 'id'>;
/** A message for a queue, or why it cannot be sent: then the entry is for the dead-letter queue. */
export type Message = { queueArn: string; entry: Entry } | { failure: Failure; entry: Entry };

/** The part of an invocation that decides its message. */
type Occasion = Pick<Invocation, 'occurrence' | 'attempt'> & { schedule: Pick<Schedule, 'document'> };

export interface Place {
  accountId: string;
  region: string;
}

/** The form of times in context attributes: whole seconds, UTC. */
export const isoSeconds = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;
export const executionId = () => randomBytes(8).toString('hex');

/** The input of a target without Input. */
const defaultInput = (arn: string, time: string, place: Place) =>
  JSON.stringify({
    version: '0',
    id: crypto.randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.scheduler',
    account: place.accountId,
    time,
    region: place.region,
    resources: [arn],
    detail: '{}',
  });

/** Input with the context attributes filled in (User Guide, "Adding context attributes"). */
const inputOf = ({ schedule, occurrence, attempt }: Occasion, place: Place): string => {
  const arn = scheduleArn(place, schedule.document);
  const time = isoSeconds(occurrence);
  const values: Record<string, string> = {
    'schedule-arn': arn,
    'scheduled-time': time,
    'execution-id': executionId(),
    'attempt-number': String(attempt),
  };
  const input = schedule.document.Target.Input ?? defaultInput(arn, time, place);
  return input.replace(/<aws\.scheduler\.([a-z-]+)>/g, (whole, name: string) => values[name] ?? whole);
};

const universalMessage = (body: string, place: Place): Message => {
  try {
    const input = readSendMessage(body);
    const [name = '', account = place.accountId] = new URL(input.QueueUrl).pathname.split('/').reverse();
    const entry: Entry = {
      body: input.MessageBody,
      ...(input.MessageAttributes !== undefined && { attributes: input.MessageAttributes }),
      ...(input.MessageGroupId !== undefined && { groupId: input.MessageGroupId }),
      ...(input.MessageDeduplicationId !== undefined && { deduplicationId: input.MessageDeduplicationId }),
      ...(input.DelaySeconds !== undefined && { delaySeconds: input.DelaySeconds }),
    };
    return { queueArn: `arn:aws:sqs:${place.region}:${account}:${name}`, entry };
  } catch (error) {
    return { failure: { code: 'InvalidParameterValue', message: (error as Error).message }, entry: { body } };
  }
};

const templatedMessage = ({ Arn, SqsParameters }: Target, body: string): Message => {
  if (!QUEUE_ARN.test(Arn)) {
    const failure = { code: 'UnsupportedTarget', message: `Only SQS targets are invoked here, not ${Arn}` };
    return { failure, entry: { body } };
  }
  const groupId = SqsParameters?.MessageGroupId;
  return { queueArn: Arn, entry: { body, ...(groupId !== undefined && { groupId }) } };
};

/** The message of this attempt, and its queue. */
export const messageFor = (invocation: Occasion, place: Place): Message => {
  const { Target: target } = invocation.schedule.document;
  const body = inputOf(invocation, place);
  const isUniversal = SEND_MESSAGE.test(target.Arn);
  const message = isUniversal ? universalMessage(body, place) : templatedMessage(target, body);
  if ('failure' in message || !message.queueArn.endsWith('.fifo') || message.entry.groupId) return message;
  const member = isUniversal ? 'MessageGroupId' : 'SqsParameters.MessageGroupId';
  const failure = { code: 'MissingParameter', message: `A FIFO queue takes no message without ${member}` };
  return { failure, entry: { body } };
};
