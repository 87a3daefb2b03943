import type { DeadFilters } from '../../dead-letters/dead-letter.ts';
import type { RedriveJob } from '../../dead-letters/redrive-job.ts';
import { type Item, type Mapping, optional } from '../table/table.ts';
import { jobFromItem, jobToItem } from './job-item.ts';

const toItem = (job: RedriveJob): Item => ({
  ...jobToItem(job),
  filters: job.filters,
  as_of: job.asOf,
  per_second: job.perSecond,
  matched: job.matched,
  redriven: job.redriven,
  skipped: job.skipped,
  failed: job.failed,
  page: job.page,
  last: job.last,
  fingerprint: job.fingerprint,
});

const fromItem = (item: Item): RedriveJob => ({
  ...jobFromItem(item),
  filters: item.filters as DeadFilters,
  ...optional<'asOf', number>('asOf', item.as_of),
  perSecond: Number(item.per_second),
  matched: Number(item.matched),
  redriven: Number(item.redriven),
  skipped: Number(item.skipped),
  failed: Number(item.failed),
  page: item.page as string[],
  last: Boolean(item.last),
  ...optional<'fingerprint', string>('fingerprint', item.fingerprint),
});

export const redriveJobMapping: Mapping<RedriveJob> = { toItem, fromItem };
