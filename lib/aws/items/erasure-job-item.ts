import type { ErasureJob, ErasureKey, Phase } from '../../erasure/erasure-job.ts';
import { type Item, type Mapping, optional } from '../table/table.ts';
import { jobFromItem, jobToItem } from './job-item.ts';

const toItem = (job: ErasureJob): Item => ({
  ...jobToItem(job),
  by: job.by,
  value: job.value,
  masked: job.masked,
  phase: job.phase,
  claimed: job.claimed,
  examined: job.examined,
  erased: job.erased,
  canceled: job.canceled,
});

const fromItem = (item: Item): ErasureJob => ({
  ...jobFromItem(item),
  by: item.by as ErasureKey,
  ...optional<'value', string>('value', item.value),
  masked: String(item.masked),
  phase: item.phase as Phase,
  claimed: item.claimed as string[],
  examined: Number(item.examined),
  erased: Number(item.erased),
  canceled: Number(item.canceled),
});

export const erasureJobMapping: Mapping<ErasureJob> = { toItem, fromItem, sealed: ['value', 'masked'] };
