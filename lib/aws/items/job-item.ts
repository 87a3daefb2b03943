/** Jobs of all kinds, and the places of a tenant's jobs. A job that is open is in the reconciler's index. */
import { JOB_KINDS } from '../../job-kinds/index.ts';
import type { Job } from '../../jobs/job.ts';
import { kindOf } from '../../jobs/kind.ts';
import { type Places, placesFields } from '../../jobs/places.ts';
import type { Fields } from '../../store/fields.ts';
import { sortKeyAt } from '../../store/sort-key.ts';
import { jobsKey, openShard } from '../table/keys.ts';
import type { MappingOf } from '../table/table.ts';
import { type Keys, mappingOf } from './mapping.ts';

const keys: Keys<Job> = {
  toKeys: (job) => ({
    list_key: jobsKey(job.tenant),
    position: sortKeyAt(job.createdAt, job.id),
    ...(job.nextCheckAt !== undefined && { open_shard: openShard(job.id) }),
  }),
  fromKeys: () => ({}),
};

const mappings = new Map(JOB_KINDS.map((kind) => [kind, mappingOf<Fields, Job>(kind.fields, keys)]));

/** Undefined for the id of another noun, and of a kind of a later release. */
export const jobMappingOf: MappingOf<Job> = (id) => {
  const kind = kindOf(JOB_KINDS, id);
  return kind && mappings.get(kind);
};

export const placesMapping = mappingOf<typeof placesFields, Places>(placesFields, {
  toKeys: () => ({}),
  fromKeys: () => ({}),
});
