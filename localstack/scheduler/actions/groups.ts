import { type Context, groupArn, seconds } from '../context.ts';
import { conflict, notFound, quotaExceeded, validation } from '../errors.ts';
import { decodeToken, pageOf } from '../page.ts';
import { prefixEnd } from '../store.ts';
import type { Group } from '../types.ts';
import { type Tag, tagMap } from './tags.ts';

/** The default quota of an account (User Guide, "Managing a schedule group"). */
const GROUPS_MAX = 500;

interface CreateInput {
  Name: string;
  Tags?: Tag[];
  ClientToken?: string;
}
interface ListInput {
  NamePrefix?: string;
  MaxResults?: number;
  NextToken?: string;
}

export const makeGroupActions = (context: Context) => {
  const { store, clock } = context;

  const view = ({ name, createdAt, modifiedAt }: Group) => ({
    Arn: groupArn(context, name),
    Name: name,
    State: 'ACTIVE',
    CreationDate: seconds(createdAt),
    LastModificationDate: seconds(modifiedAt),
  });

  const find = (name: string): Group => {
    const group = store.groups.find(name);
    if (!group) throw notFound(`Schedule group ${name} does not exist.`);
    return group;
  };

  return {
    CreateScheduleGroup({ Name, Tags = [], ClientToken }: CreateInput) {
      const existing = store.groups.find(Name);
      const repeated = existing?.token !== undefined && existing.token === ClientToken;
      if (existing && !repeated) throw conflict(`Schedule group ${Name} already exists.`);
      if (!existing && store.groups.count() >= GROUPS_MAX)
        throw quotaExceeded(`The number of schedule groups is limited to ${GROUPS_MAX}.`);
      if (!existing) store.groups.insert(Name, clock.now(), ClientToken, tagMap(Tags));
      return { ScheduleGroupArn: groupArn(context, Name) };
    },

    GetScheduleGroup: ({ Name }: { Name: string }) => view(find(Name)),

    /** Deletes its schedules too, at once; AWS shows DELETING for a while. */
    DeleteScheduleGroup({ Name }: { Name: string }) {
      if (Name === 'default') throw validation('The default schedule group cannot be deleted.');
      store.groups.remove(find(Name).name);
      store.schedules.recount();
      return {};
    },

    ListScheduleGroups({ NamePrefix = '', MaxResults = 100, NextToken }: ListInput) {
      const [after = ''] = NextToken === undefined ? [] : decodeToken(NextToken);
      const query = { namePrefix: NamePrefix, prefixEnd: prefixEnd(NamePrefix), after, limit: MaxResults + 1 };
      const { shown, ...next } = pageOf(store.groups.list(query), MaxResults, ({ name }) => [name]);
      return { ScheduleGroups: shown.map(view), ...next };
    },
  };
};
