/** What the items of all jobs have in common. */
import type { Job } from '../../store/job.ts';
import { openShard } from '../table/keys.ts';
import { type Item, optional } from '../table/table.ts';

export const jobToItem = (job: Job): Item => ({
  id: job.id,
  tenant: job.tenant,
  ...(job.nextCheckAt !== undefined && { open_shard: openShard(job.id), next_check_at: job.nextCheckAt }),
  status: job.status,
  before: job.before,
  checks: job.checks,
  created_at: job.createdAt,
  updated_at: job.updatedAt,
  finished_at: job.finishedAt,
  expires_at: job.expiresAt,
  write_id: job.writeId,
});

export const jobFromItem = (item: Item): Job => ({
  id: item.id,
  tenant: String(item.tenant),
  status: item.status as Job['status'],
  ...optional<'before', string>('before', item.before),
  ...optional<'nextCheckAt', number>('nextCheckAt', item.next_check_at),
  checks: Number(item.checks),
  createdAt: Number(item.created_at),
  updatedAt: Number(item.updated_at),
  ...optional<'finishedAt', number>('finishedAt', item.finished_at),
  ...optional<'expiresAt', number>('expiresAt', item.expires_at),
  writeId: String(item.write_id),
});
