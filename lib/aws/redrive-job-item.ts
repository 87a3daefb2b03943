import type { DeadFilters } from '../dead-letters/dead-letter.ts';
import type { RedriveJob } from '../dead-letters/redrive-job.ts';
import { openShard } from './keys.ts';
import { type Item, type Mapping, optional } from './table.ts';

const toItem = (job: RedriveJob): Item => ({
  id: job.id,
  tenant: job.tenant,
  ...(job.nextCheckAt !== undefined && { open_shard: openShard(job.id), next_check_at: job.nextCheckAt }),
  filters: job.filters,
  per_second: job.perSecond,
  matched: job.matched,
  redriven: job.redriven,
  skipped: job.skipped,
  failed: job.failed,
  status: job.status,
  page: job.page,
  before: job.before,
  last: job.last,
  checks: job.checks,
  created_at: job.createdAt,
  updated_at: job.updatedAt,
  finished_at: job.finishedAt,
  expires_at: job.expiresAt,
  fingerprint: job.fingerprint,
  write_id: job.writeId,
});

const fromItem = (item: Item): RedriveJob => ({
  id: item.id,
  tenant: String(item.tenant),
  filters: item.filters as DeadFilters,
  perSecond: Number(item.per_second),
  matched: Number(item.matched),
  redriven: Number(item.redriven),
  skipped: Number(item.skipped),
  failed: Number(item.failed),
  status: item.status as RedriveJob['status'],
  page: item.page as string[],
  ...optional<'before', string>('before', item.before),
  last: Boolean(item.last),
  ...optional<'nextCheckAt', number>('nextCheckAt', item.next_check_at),
  checks: Number(item.checks),
  createdAt: Number(item.created_at),
  updatedAt: Number(item.updated_at),
  ...optional<'finishedAt', number>('finishedAt', item.finished_at),
  ...optional<'expiresAt', number>('expiresAt', item.expires_at),
  ...optional<'fingerprint', string>('fingerprint', item.fingerprint),
  writeId: String(item.write_id),
});

export const redriveJobMapping: Mapping<RedriveJob> = { toItem, fromItem };
