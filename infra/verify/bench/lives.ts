/**
 * Every write in the life of a notification and of the event that caused it, as the service's own
 * machines and mappings make them.
 */
import { eventMapping } from '../../../lib/aws/items/event-item.ts';
import { notificationMapping } from '../../../lib/aws/items/notification-item.ts';
import { partitionFor } from '../../../lib/aws/table/keys.ts';
import type { Event } from '../../../lib/events/event.ts';
import { accept, processed } from '../../../lib/events/state/event-state.ts';
import type { Notification } from '../../../lib/notifications/notification.ts';
import { create } from '../../../lib/notifications/state/client-commands.ts';
import { makePolicy } from '../../../lib/notifications/state/policy.ts';
import { claimed, finish } from '../../../lib/notifications/state/worker-steps.ts';
import type { Write } from './heat.ts';

export interface Life {
  /** Unique. */
  name: string;
  tenant: string;
  type: string;
  group?: string;
  /** Due beyond 15 minutes: an entry of EventBridge Scheduler holds it, and its mark is a write. */
  beyond: boolean;
  /** Caused by an event of the source `api`. */
  caused: boolean;
  fails: boolean;
}

export const STEPS = ['event created', 'create', 'event processed', 'SCHEDULED mark', 'claim', 'finish'] as const;
type Step = (typeof STEPS)[number];

const NOW = Date.parse('2027-01-01T00:00:00Z');
const DAY_MS = 86_400_000;
const policy = makePolicy({ retryScheduleSeconds: [0, 5], retentionDays: 30, channelTimeoutMs: 15_000 });
let written = 0;
const on = (now: number) => {
  written += 1;
  return { now, real: now, writeId: `w${written}`, fraction: () => 0.5, policy };
};

const partitionOf = (id: string, partitions: number): { partition?: number } => {
  const partition = partitionFor(id, partitions);
  return partition === 0 ? {} : { partition };
};

const statesOf = (life: Life, partitions: number): [Step, Notification][] => {
  const id = `ntf_${life.name}`;
  const sendAt = NOW + (life.beyond ? DAY_MS : 1_000);
  const draft = {
    ...{ id, tenant: life.tenant, type: life.type, entityId: `user-${life.name}` },
    ...{ timing: {}, to: { email: 'user@example.com' }, ...(life.group !== undefined && { group: life.group }) },
  };
  const created = { ...create(draft, { sendAt }, on(NOW)).next, ...partitionOf(id, partitions) };
  const marked = { ...created, status: 'SCHEDULED' as const, nextCheckAt: sendAt + policy.graceMs };
  const held = life.beyond ? marked : created;
  const claim = claimed(held, { id: 'lease', claimedAt: sendAt, until: sendAt + 25_000 }, on(sendAt));
  const result = life.fails ? { outcome: 'failed' as const, error: 'http_410' as const } : { outcome: 'sent' as const };
  const attempt = { startedAt: sendAt, finishedAt: sendAt + 40, result };
  const ended = finish(claim, 'lease', { email: attempt }, on(sendAt + 40));
  if (!ended) throw new Error(`The claim of ${id} was lost`);
  return [
    ['create', created],
    ...(life.beyond ? ([['SCHEDULED mark', marked]] as [Step, Notification][]) : []),
    ['claim', claim],
    ['finish', ended.next],
  ];
};

const eventStatesOf = (life: Life, partitions: number): [Step, Event][] => {
  const id = `evt_${life.name}`;
  const draft = { id, tenant: life.tenant, type: life.type, source: 'api', payload: {} };
  const accepted = { ...accept(draft, on(NOW)).next, ...partitionOf(id, partitions) };
  return [
    ['event created', accepted],
    ['event processed', processed(accepted, [{ id: `ntf_${life.name}` }], on(NOW + 20)).next],
  ];
};

const writesOf = <T>(states: [Step, T][], toItem: (state: T) => Record<string, unknown>): Write[] => {
  let before: Record<string, unknown> | undefined;
  return states.map(([step, state]) => {
    const after = toItem(state);
    const write: Write = { step, ...(before && { before }), after };
    before = after;
    return write;
  });
};

/** @param partitions the setting INDEX_PARTITIONS */
export const writesOfLife = (life: Life, partitions: number): Write[] => [
  ...(life.caused ? writesOf(eventStatesOf(life, partitions), eventMapping.toItem) : []),
  ...writesOf(statesOf(life, partitions), notificationMapping.toItem),
];
