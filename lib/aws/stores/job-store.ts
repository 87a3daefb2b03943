import type { Job } from '../../jobs/job.ts';
import type { JobStore } from '../../jobs/repository.ts';
import { jobMappingOf } from '../items/job-item.ts';
import { jobsKey } from '../table/keys.ts';
import { list } from '../table/listing.ts';
import type { Mapping, Table } from '../table/table.ts';

const mappingFor = (id: string): Mapping<Job> => {
  const mapping = jobMappingOf(id);
  if (!mapping) throw new Error(`no kind of job has the id ${id}`);
  return mapping;
};

export const makeJobStore = (table: Table): JobStore => ({
  get: async (id) => {
    const mapping = jobMappingOf(id);
    return mapping && table.get(id, mapping);
  },
  create: (job) => table.create(job, mappingFor(job.id)),
  replace: (next, expectedWriteId) => table.replace(next, mappingFor(next.id), expectedWriteId),
  list: ({ tenant, ...query }) =>
    list(table, {
      index: 'by_time',
      hash: 'list_key',
      range: 'position',
      partitions: [jobsKey(tenant)],
      ...query,
      mappingOf: jobMappingOf,
    }),
});
