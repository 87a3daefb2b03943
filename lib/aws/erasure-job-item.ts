import type { ErasureJob, ErasureKey, Phase } from '../erasure/erasure-job.ts';
import { openShard } from './keys.ts';
import { type Item, type Mapping, optional } from './table.ts';

const toItem = (job: ErasureJob): Item => ({
  id: job.id,
  tenant: job.tenant,
  ...(job.nextCheckAt !== undefined && { open_shard: openShard(job.id), next_check_at: job.nextCheckAt }),
  by: job.by,
  value: job.value,
  masked: job.masked,
  status: job.status,
  phase: job.phase,
  before: job.before,
  claimed: job.claimed,
  examined: job.examined,
  erased: job.erased,
  canceled: job.canceled,
  checks: job.checks,
  created_at: job.createdAt,
  updated_at: job.updatedAt,
  finished_at: job.finishedAt,
  expires_at: job.expiresAt,
  write_id: job.writeId,
});

const fromItem = (item: Item): ErasureJob => ({
  id: item.id,
  tenant: String(item.tenant),
  by: item.by as ErasureKey,
  ...optional<'value', string>('value', item.value),
  masked: String(item.masked),
  status: item.status as ErasureJob['status'],
  phase: item.phase as Phase,
  ...optional<'before', string>('before', item.before),
  claimed: item.claimed as string[],
  examined: Number(item.examined),
  erased: Number(item.erased),
  canceled: Number(item.canceled),
  ...optional<'nextCheckAt', number>('nextCheckAt', item.next_check_at),
  checks: Number(item.checks),
  createdAt: Number(item.created_at),
  updatedAt: Number(item.updated_at),
  ...optional<'finishedAt', number>('finishedAt', item.finished_at),
  ...optional<'expiresAt', number>('expiresAt', item.expires_at),
  writeId: String(item.write_id),
});

export const erasureJobMapping: Mapping<ErasureJob> = { toItem, fromItem, sealed: ['value', 'masked'] };
