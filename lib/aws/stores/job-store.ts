import type { Job } from '../../jobs/job.ts';
import type { JobStore } from '../../jobs/repository.ts';
import { jobMappingOf } from '../items/job-item.ts';
import { jobsKey } from '../table/keys.ts';
import { list } from '../table/listing.ts';
import type { Item, Mapping, Table } from '../table/table.ts';

const mappingFor = (id: string): Mapping<Job> => {
  const mapping = jobMappingOf(id);
  if (!mapping) throw new Error(`no kind of job has the id ${id}`);
  return mapping;
};

export const makeJobStore = (table: Table): JobStore => ({
  get: async (id) => {
    const mapping = jobMappingOf(id);
    const item = mapping && (await table.get(id));
    return item && mapping.fromItem(item);
  },
  create: (job) => table.create(job, mappingFor(job.id)),
  replace: (next, expectedWriteId) => table.replace(next, mappingFor(next.id), expectedWriteId),

  list: async ({ matches, tenant, ...at }) => {
    const page = await list<Job | undefined>(table, {
      index: 'by_time',
      hash: 'list_key',
      range: 'position',
      partitions: [jobsKey(tenant)],
      ...at,
      matches: (job) => job !== undefined && (matches?.(job) ?? true),
      fromItem: (item: Item) => jobMappingOf(item.id)?.fromItem(item),
    });
    return { ...page, items: page.items.filter((job) => job !== undefined) };
  },
});
