import {
  COUNT_BYTES_MAX,
  type DeadFilters,
  type DeadLetter,
  type DeadLetterStore,
  isDead,
  isWanted,
} from '../../dead-letters/dead-letter.ts';
import { omitUndefined } from '../../schema/omit-undefined.ts';
import { sortKeyAt } from '../../store/sort-key.ts';
import { rawMessageMapping } from '../items/dead-letter-item.ts';
import { eventMapping } from '../items/event-item.ts';
import { notificationMapping } from '../items/notification-item.ts';
import { deadKeys } from '../table/keys.ts';
import { list } from '../table/listing.ts';
import { makePartitions, type Partitions } from '../table/partitions.ts';
import { type MappingOf, type Table, withPrefix } from '../table/table.ts';
import { makeItemStore } from './item-store.ts';

/** Keys alone weigh about 150 bytes each; a query answers at most 1 MB. */
const COUNT_PAGE = 1_000;

type Kept = DeadLetter['item'];

const kinds: Record<DeadLetter['of'], MappingOf<Kept>> = {
  notification: withPrefix<Kept>('ntf_', notificationMapping),
  event: withPrefix<Kept>('evt_', eventMapping),
  raw: withPrefix<Kept>('dlm_', rawMessageMapping),
};
const kindOf = (id: string) => (Object.keys(kinds) as DeadLetter['of'][]).find((of) => kinds[of](id));
const mappingOf: MappingOf<Kept> = (id) => kinds[kindOf(id) ?? 'raw'](id);
const letterOf = (item: Kept) => ({ of: kindOf(item.id), item }) as DeadLetter;

/** What is in the items only. */
const hasResidue = ({ type, endpointId }: DeadFilters): boolean => type !== undefined || endpointId !== undefined;

/** Only deliveries have a notification type, or an endpoint, so asking for one leaves messages out. */
const partsOf = (filters: DeadFilters, redrivable: boolean): Parameters<typeof deadKeys>[1][] => {
  const { kind } = filters;
  const deliveries = kind === 'message' ? [] : (['delivery'] as const);
  if (kind === 'delivery' || hasResidue(filters)) return [...deliveries];
  return [...deliveries, 'message', ...(redrivable ? [] : (['redriven'] as const))];
};

const matcher =
  (filters: DeadFilters) =>
  (item: Kept): boolean =>
    isDead(letterOf(item)) && isWanted(letterOf(item), filters);

export const makeDeadLetterStore = (
  table: Table,
  options: { countPage?: number; partitions?: Partitions } = {},
): DeadLetterStore => {
  const { countPage = COUNT_PAGE, partitions = makePartitions(table) } = options;
  const messages = makeItemStore(table, rawMessageMapping);

  const keysOf = async (tenant: string, filters: DeadFilters, redrivable: boolean): Promise<string[]> => {
    const count = await partitions.count();
    return partsOf(filters, redrivable).flatMap((part) => deadKeys(tenant, part, count));
  };

  /** One after the other, so that none is kept: they may be 360 KB each. */
  const livingMatches = async (ids: string[], matches: (item: Kept) => boolean) => {
    let counted = 0;
    let bytes = 0;
    for await (const read of table.read(ids, mappingOf)) {
      bytes += read.bytes;
      if (read.item && matches(read.item)) counted += 1;
    }
    return { counted, bytes };
  };

  /**
   * Keys alone, unless the items are needed. Undefined when there are too many keys, or too many
   * bytes to read.
   */
  const countPartition = async (
    partition: string,
    filters: DeadFilters & { until: number },
    max: number,
  ): Promise<number | undefined> => {
    const { since = 0, until } = filters;
    let high = sortKeyAt(until);
    let examined = 0;
    let bytesRead = 0;
    let counted = 0;
    const low = sortKeyAt(since);
    while (low < high) {
      const keys = await table.keys({
        index: 'dead',
        hash: { name: 'dead_key', value: partition },
        range: {
          expression: '#range BETWEEN :low AND :high',
          name: 'dead_position',
          values: { ':low': low, ':high': high },
        },
        limit: countPage,
        newestFirst: true,
      });
      // BETWEEN includes its ends: the upper one has been counted, or lies outside.
      const page = keys.filter((key) => String(key.dead_position) < high && kindOf(key.id));
      examined += page.length;
      if (examined > max) return undefined;
      const ids = page.map(({ id }) => id);
      if (hasResidue(filters)) {
        const living = await livingMatches(ids, matcher(filters));
        counted += living.counted;
        bytesRead += living.bytes;
        if (bytesRead > COUNT_BYTES_MAX) return undefined;
      } else counted += ids.length;
      if (keys.length < countPage) break;
      high = String(keys.at(-1)?.dead_position);
    }
    return counted;
  };

  return {
    messages: {
      ...messages,
      create: async (message) => messages.create({ ...message, ...(await partitions.assign(message.id)) }),
    },

    list: async ({ tenant, limit, before, since, until, redrivable = false, ...filters }) => {
      const keys = await keysOf(tenant, filters, redrivable);
      const bounds = omitUndefined({ before, since, until });
      const at = { index: 'dead', hash: 'dead_key', range: 'dead_position' };
      const page = await list(table, {
        ...at,
        partitions: keys,
        limit,
        ...bounds,
        matches: matcher(filters),
        mappingOf,
      });
      return { ...page, items: page.items.map(letterOf) };
    },

    count: async ({ tenant, ...filters }, max) => {
      const keys = await keysOf(tenant, filters, true);
      const counts = await Promise.all(keys.map((key) => countPartition(key, filters, max)));
      const total = counts.reduce<number>((sum, one) => sum + (one ?? Number.POSITIVE_INFINITY), 0);
      return total > max ? undefined : total;
    },
  };
};
