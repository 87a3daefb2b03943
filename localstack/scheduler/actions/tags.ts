import type { Context } from '../context.ts';
import { notFound, quotaExceeded } from '../errors.ts';
import type { Group } from '../types.ts';

/** Scheduler quota per schedule group. */
const TAGS_MAX = 50;
/** Index of the account in an ARN split at its colons. */
const ACCOUNT = 4;

export interface Tag {
  Key: string;
  Value: string;
}

export const tagMap = (tags: Tag[]) => Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));

/** Only schedule groups have tags. */
export const makeTagActions = (context: Context) => {
  const { store, clock } = context;

  const find = (arn: string): Group => {
    const group = store.groups.find(arn.slice(arn.indexOf('/') + 1));
    // There is one region, which every other means too.
    const isHere = arn.split(':')[ACCOUNT] === context.accountId;
    if (!(group && isHere)) throw notFound(`Resource ${arn} does not exist.`);
    return group;
  };

  return {
    TagResource({ ResourceArn, Tags }: { ResourceArn: string; Tags: Tag[] }) {
      const { name, tags } = find(ResourceArn);
      const merged = { ...tags, ...tagMap(Tags) };
      if (Object.keys(merged).length > TAGS_MAX) throw quotaExceeded(`A resource has at most ${TAGS_MAX} tags.`);
      store.groups.setTags(name, merged, clock.now());
      return {};
    },

    UntagResource({ ResourceArn, TagKeys }: { ResourceArn: string; TagKeys: string[] }) {
      const { name, tags } = find(ResourceArn);
      const kept = Object.entries(tags).filter(([key]) => !TagKeys.includes(key));
      store.groups.setTags(name, Object.fromEntries(kept), clock.now());
      return {};
    },

    ListTagsForResource({ ResourceArn }: { ResourceArn: string }) {
      const { tags } = find(ResourceArn);
      return { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
    },
  };
};
