import type { Clock } from '../../lib/platform/clock.ts';
import type { Log } from '../../lib/telemetry/log-interface.ts';
import { INVALID_CHARACTER, type MessageAttribute } from '../sqs/message.ts';
import { scheduleArn } from './context.ts';
import { planNext } from './expression.ts';
import type { Store } from './store.ts';
import { type Entry, executionId, type Failure, isoSeconds, type Message, messageFor } from './target.ts';
import type { Invocation, SendBatch } from './types.ts';

/** Of SendMessageBatch: the former limit of 256 KB, less the attributes. */
const BATCH_MAX = 10;
const BATCH_BYTES_MAX = 200_000;
/**
 * Backoff between attempts: 1 s, doubled each time, at most 10 min; half of each pause is random.
 */
const BACKOFF_MIN_MS = 1_000;
const BACKOFF_MAX_MS = 600_000;

/** Errors of queues that no retry mends. */
const REFUSED = new Set(
  'QueueDoesNotExist InvalidParameterValue MissingParameter InvalidMessageContents SerializationException'.split(' '),
);

/** An error message may quote characters that SQS would refuse in the dead letter too. */
const notInMessages = new RegExp(INVALID_CHARACTER, 'gu');

export interface Delivery {
  store: Store;
  clock: Clock;
  random: () => number;
  sendBatch: SendBatch;
  log: Log | undefined;
  accountId: string;
  region: string;
}

interface Item {
  invocation: Invocation;
  message: Message;
}
/** Up to ten messages for a queue; without a queue, one that cannot be sent. */
export interface Batch {
  queueArn: string | undefined;
  items: Item[];
}

/** One message per invocation, in batches by queue. The order within a queue stays. */
export const makeBatches = (invocations: Invocation[], place: { accountId: string; region: string }): Batch[] => {
  const batches: Batch[] = [];
  const open = new Map<string, { batch: Batch; bytes: number }>();
  for (const invocation of invocations) {
    const message = messageFor(invocation, place);
    const item = { invocation, message };
    if ('failure' in message) {
      batches.push({ queueArn: undefined, items: [item] });
      continue;
    }
    const bytes = Buffer.byteLength(message.entry.body);
    const current = open.get(message.queueArn);
    if (current && current.batch.items.length < BATCH_MAX && current.bytes + bytes <= BATCH_BYTES_MAX) {
      current.batch.items.push(item);
      current.bytes += bytes;
    } else {
      const batch = { queueArn: message.queueArn, items: [item] };
      batches.push(batch);
      open.set(message.queueArn, { batch, bytes });
    }
  }
  return batches;
};

type Verdict = 'sent' | { retryAt: number } | { dead: Failure; condition?: string };

export const makeDelivery = ({ store, clock, random, sendBatch, log, ...place }: Delivery) => {
  const counters = { fired: 0, failed: 0 };

  /** The entries that failed, by index. Ids are new: a FIFO queue may deduplicate by them. */
  const send = async (queueArn: string, messages: Entry[]): Promise<Map<number, Failure>> => {
    try {
      const entries = messages.map((message) => ({ ...message, id: executionId() }));
      const { failed } = await sendBatch(queueArn, entries);
      const indexOf = (id: string) => entries.findIndex((entry) => entry.id === id);
      return new Map(failed.map(({ id, message, code = 'InternalError' }) => [indexOf(id), { code, message }]));
    } catch (error) {
      const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
      return new Map(messages.map((_, index) => [index, { code: name, message }]));
    }
  };

  /** Logs the first failure, which retries would hide for up to a day. */
  const reportFirst = ({ schedule, attempt }: Invocation, { code, message }: Failure) => {
    if (attempt > 1) return;
    const { Name, GroupName, Target } = schedule.document;
    const fields = { schedule: Name, group: GroupName, target: Target.Arn, code, error: message };
    if (REFUSED.has(code)) log?.warn('schedule.attempt_failed', fields);
    else log?.info('schedule.attempt_failed', fields);
  };

  /**
   * Retries and their age count in real time, so that an advance of the clock does not end them.
   */
  const judge = (invocation: Invocation, failure: Failure): Verdict => {
    const { schedule, attempt, firstAt } = invocation;
    const { MaximumRetryAttempts, MaximumEventAgeInSeconds } = schedule.document.Target.RetryPolicy;
    const now = clock.real();
    const lastAt = firstAt + MaximumEventAgeInSeconds * 1000;
    if (attempt > MaximumRetryAttempts) return { dead: failure, condition: 'MaximumRetryAttempts' };
    if (now >= lastAt) return { dead: failure, condition: 'MaximumEventAgeInSeconds' };
    reportFirst(invocation, failure);
    const pauseMs = Math.min(BACKOFF_MIN_MS * 2 ** (attempt - 1), BACKOFF_MAX_MS);
    return { retryAt: Math.min(now + Math.ceil(pauseMs * (0.5 + random() / 2)), lastAt) };
  };

  /** With the attributes of AWS (User Guide, "Configuring a dead-letter queue"). */
  const deadLetter = ({ invocation, message }: Item, dead: Failure, condition: string | undefined) => {
    const values = {
      ERROR_CODE: dead.code,
      ERROR_MESSAGE: dead.message.replace(notInMessages, ' ') || dead.code,
      EXECUTION_ID: executionId(),
      IS_PAYLOAD_TRUNCATED: 'false',
      RETRY_ATTEMPTS: String(invocation.attempt - 1),
      SCHEDULED_TIME: isoSeconds(invocation.occurrence),
      SCHEDULE_ARN: scheduleArn(place, invocation.schedule.document),
      TARGET_ARN: invocation.schedule.document.Target.Arn,
      ...(condition && { EXHAUSTED_RETRY_CONDITION: condition }),
    };
    const attributes = Object.entries(values).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]);
    return { body: message.entry.body, attributes: Object.fromEntries(attributes) as Record<string, MessageAttribute> };
  };

  const giveUp = async (item: Item, { dead, condition }: { dead: Failure; condition?: string }) => {
    const { Target, Name, GroupName } = item.invocation.schedule.document;
    const queueArn = Target.DeadLetterConfig?.Arn;
    const fields = { schedule: Name, group: GroupName, target: Target.Arn, code: dead.code, error: dead.message };
    log?.warn('schedule given up', { ...fields, dead_letter_queue: queueArn });
    if (!queueArn) return;
    const failure = (await send(queueArn, [deadLetter(item, dead, condition)])).get(0);
    // As on AWS, a dead letter that is refused is counted in `failed` and not sent again.
    if (failure) log?.error('dead letter lost', { ...fields, dead_letter_queue: queueArn, refused: failure.message });
  };

  /** Stores the next time of the schedule, and the retry if there is one. */
  const record = (invocation: Invocation, verdict: Verdict) => {
    const { retryId, occurrence: firedAt } = invocation;
    const schedule = store.schedules.byId(invocation.schedule.id);
    if (!schedule) return; // deleted meanwhile, and its retries with it
    const { id, document, createdAt } = schedule;
    let { next } = schedule;
    if (retryId === undefined) {
      const updated = schedule.revision !== invocation.schedule.revision; // then it has its `next`
      const after = Math.max(clock.now(), firedAt);
      if (!updated) next = planNext(document, { after, createdAt, firedAt }, random);
      store.schedules.advance(id, next, firedAt);
    }
    if (typeof verdict === 'object' && 'retryAt' in verdict) store.retries.save(invocation, verdict.retryAt);
    else if (retryId !== undefined) store.retries.remove(retryId);
    const ended = next === undefined && document.State === 'ENABLED' && !store.retries.any(id);
    if (ended && document.ActionAfterCompletion === 'DELETE') store.schedules.remove(id);
  };

  const judgeAll = async ({ queueArn, items }: Batch): Promise<[Item, Verdict][]> => {
    const entries = items.map(({ message }) => message.entry);
    const failures = queueArn === undefined ? new Map<number, Failure>() : await send(queueArn, entries);
    return items.map((item, index) => {
      const failure = failures.get(index);
      if ('failure' in item.message) return [item, { dead: item.message.failure }];
      return [item, failure ? judge(item.invocation, failure) : 'sent'];
    });
  };

  /** Sends, then records: after a crash in between it sends again (at least once, as AWS). */
  const deliver = async (batch: Batch): Promise<void> => {
    const verdicts = await judgeAll(batch);
    for (const [item, verdict] of verdicts) {
      if (verdict === 'sent') counters.fired += 1;
      else if ('dead' in verdict) {
        counters.failed += 1;
        await giveUp(item, verdict);
      }
    }
    store.transaction(() => {
      for (const [{ invocation }, verdict] of verdicts) record(invocation, verdict);
    });
  };

  return { deliver, counters };
};
