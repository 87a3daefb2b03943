/**
 * The noun: what events accepted before a bulk cancel may not cause any more. One item holds the fences of an
 * entity, or of a group; its id is a hash, so that erasure leaves it. Pure.
 */
import { derivedId } from '../platform/random.ts';
import { field, list, optional, PLAIN, required, type Stored } from '../store/fields.ts';

/** Of one entity or group: then the command that raises another is refused. */
export const FENCES_MAX = 100;
/** Longer than any event waits to be processed, or redriven; business time, ms. */
export const FENCE_KEPT_MS = 400 * 86_400_000;

export interface Fence {
  /** It covers what was accepted until then; business time, epoch ms. */
  asOf: number;
  /** The job that it belongs to. */
  jobId: string;
  /** Of a fence of an entity: the hash of the group that is asked for too. */
  group?: string;
  type?: string;
  /** Inclusive, epoch ms. */
  dueAfter?: number;
  /** Exclusive, epoch ms. */
  dueBefore?: number;
}

export const fencesFields = {
  id: field(required<string>('id'), PLAIN),
  tenant: field(required<string>('tenant'), PLAIN),
  fences: field(list<Fence>('fences'), PLAIN),
  createdAt: field(required<number>('created_at'), PLAIN),
  /** Epoch seconds. */
  expiresAt: field(optional<number>('expires_at'), PLAIN),
  writeId: field(required<string>('write_id'), PLAIN),
};
export interface Fences extends Stored<typeof fencesFields> {}

/** What a fence is about. */
export type FencedBy = 'entity' | 'group';
export const fencesId = (tenant: string, by: FencedBy, value: string): string => derivedId('fen_', tenant, by, value);
/** The item that says that a tenant has fences: who has none pays for no other read. */
export const fencesHeadId = (tenant: string): string => `fences_${tenant}`;

/** What an event is about to cause, or an older command to move. */
export interface Caused {
  tenant: string;
  type: string;
  entityId: string;
  group?: string | undefined;
  /** Epoch ms. */
  sendAt: number;
  /** When the event, or the command, was accepted, epoch ms. */
  acceptedAt: number;
}

export const isCovered = (fence: Fence, { tenant, type, group, sendAt, acceptedAt }: Caused): boolean =>
  acceptedAt <= fence.asOf &&
  (fence.type === undefined || fence.type === type) &&
  (fence.group === undefined || (group !== undefined && fence.group === fencesId(tenant, 'group', group))) &&
  (fence.dueAfter === undefined || sendAt >= fence.dueAfter) &&
  (fence.dueBefore === undefined || sendAt < fence.dueBefore);

/** Whether `wide` covers all that `narrow` does. */
const includes = (wide: Fence, narrow: Fence): boolean =>
  wide.asOf >= narrow.asOf &&
  (wide.type ?? narrow.type) === narrow.type &&
  (wide.group ?? narrow.group) === narrow.group &&
  (wide.dueAfter ?? -Infinity) <= (narrow.dueAfter ?? -Infinity) &&
  (wide.dueBefore ?? Infinity) >= (narrow.dueBefore ?? Infinity);

/** With one more, which replaces those it includes. The same object: it is covered. Undefined: full. */
export const raised = (item: Fences, fence: Fence, on: { now: number; writeId: string }): Fences | undefined => {
  const kept = item.fences.filter(({ asOf }) => asOf + FENCE_KEPT_MS > on.now);
  if (kept.some((other) => includes(other, fence))) return item;
  const fences = [...kept.filter((other) => !includes(fence, other)), fence];
  if (fences.length > FENCES_MAX) return undefined;
  const expiresAt = Math.ceil((Math.max(...fences.map(({ asOf }) => asOf)) + FENCE_KEPT_MS) / 1000);
  return { ...item, fences, expiresAt, writeId: on.writeId };
};
