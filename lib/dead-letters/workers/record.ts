/**
 * What SQS gave up on. An outage is not a death: what names something open goes back into the
 * reconciler's care. What is none of our messages is kept as it came. The caller acknowledges a
 * message only when this has returned.
 */
import * as z from 'zod';
import { type EventChangePorts, makeEventChanges } from '../../events/changes.ts';
import { type ChangePorts, makeChanges } from '../../notifications/changes.ts';
import { returned } from '../../notifications/state/worker-steps.ts';
import { derivedId } from '../../platform/random.ts';
import { parseJson } from '../../schema/json.ts';
import {
  deliverMessage,
  jobMessage,
  processMessage,
  reconcileMessage,
  scheduleMessage,
} from '../../schema/messages.ts';
import { DEFAULT_TENANT } from '../../schema/tenant.ts';
import { beingRemoved } from '../../store/item-store.ts';
import type { DeadLetterStore, RawMessage } from '../dead-letter.ts';

const message = z.discriminatedUnion('kind', [
  deliverMessage,
  scheduleMessage,
  processMessage,
  reconcileMessage,
  jobMessage,
]);
type Message = z.output<typeof message>;

/**
 * Below what the table takes of a new item (360,000 bytes), names and numbers included: what it
 * refused would never be recorded.
 */
const BODY_BYTES_MAX = 350_000;

export interface RecorderPorts extends ChangePorts, Omit<EventChangePorts, 'events' | 'policy'> {
  events: EventChangePorts['events'];
  messages: DeadLetterStore['messages'];
  /** Names of the queues a message can be sent back to; the first where the source is not known. */
  queueNames: readonly [string, ...string[]];
}

export interface DeadRecord {
  rawBody: string;
  messageId: string;
  receiveCount: number;
  /** The name of the queue that gave it up, where SQS says so. */
  sourceQueue?: string;
}

const read = (text: string): Message | { unreadable: RawMessage['reason'] } => {
  let json: unknown;
  try {
    json = parseJson(text);
  } catch {
    return { unreadable: 'not_json' };
  }
  const parsed = message.safeParse(json);
  return parsed.success ? parsed.data : { unreadable: 'unknown_message' };
};

export const makeDeadLetterRecorder = (ports: RecorderPorts) => {
  const { apply, writeContext } = makeChanges(ports);
  const events = makeEventChanges(ports);

  const rawMessage = (record: DeadRecord, reason: RawMessage['reason']): RawMessage => {
    const { rawBody: body, sourceQueue } = record;
    const now = ports.clock.now();
    const bytes = Buffer.byteLength(body);
    return {
      // Recorded twice it is still one: SQS may hand the record out again after the write.
      id: derivedId('dlm_', record.messageId),
      // A message that cannot be read names no tenant.
      tenant: DEFAULT_TENANT,
      queue: ports.queueNames.find((name) => name === sourceQueue) ?? ports.queueNames[0],
      ...(bytes <= BODY_BYTES_MAX && { body }),
      bytes,
      reason,
      attempts: record.receiveCount,
      createdAt: now,
      expiresAt: Math.ceil((now + ports.policy.retentionMs) / 1000),
      writeId: ports.random.token(),
    };
  };

  const keep = async (record: DeadRecord, reason: RawMessage['reason']): Promise<void> => {
    const raw = rawMessage(record, reason);
    const result = await ports.messages.create(raw);
    if (!result.written && !result.current) throw beingRemoved();
    if (!result.written) return;
    ports.metrics.deadLetter({ kind: 'message' });
    ports.log.error('dead_letter.recorded', {
      id: raw.id,
      message_id: record.messageId,
      queue: raw.queue,
      bytes: raw.bytes,
      reason,
    });
  };

  const returnNotification = async (timer: { id: string; seq: number; kind: string }): Promise<boolean> => {
    const found = await ports.notifications.get(timer.id);
    return (await apply(found, (item) => returned(item, timer, writeContext()))).moved;
  };

  /**
   * True when something open was put into the reconciler's care; false when the message has nothing
   * to say any more.
   */
  const putBack = async (given: Message): Promise<boolean> => {
    if (given.kind === 'deliver' || given.kind === 'schedule') return returnNotification(given);
    if (given.kind === 'process') return events.returned(given.id);
    // Clean-up (unschedule), a pass that the next one repeats (reconcile), a job that has its own
    // mark.
    return false;
  };

  return {
    /** Throws when the outcome could not be stored: the record must come again. */
    record: async (record: DeadRecord): Promise<void> => {
      const given = read(record.rawBody);
      if ('unreadable' in given) return keep(record, given.unreadable);
      const open = await putBack(given);
      const fields = { message_id: record.messageId, kind: given.kind, ...('id' in given && { id: given.id }) };
      ports.log.warn(open ? 'dead_letter.returned' : 'dead_letter.obsolete', fields);
    },
  };
};
