import { openShards } from '../../lib/aws/table/keys.ts';
import type { Run } from '../dynamodb/run.ts';
import type { Item, ServiceTable } from './service-table.ts';

/** As `GET /_local/pending` shows it. Encrypted fields are null. */
export interface PendingEntry {
  id: string;
  notification_type: string;
  status: string;
  /** RFC 3339: the next attempt. */
  due_at: string;
  subject: string | null;
  channels: { channel: string; state: string; to: string | null }[] | null;
}

const SHOWN_MAX = 50;
const OPEN = new Set(['PENDING', 'SCHEDULED', 'SENDING', 'RETRYING']);
const OPEN_CHANNEL = new Set(['pending', 'sending', 'retrying']);

const channelsOf = ({ channels }: Item): PendingEntry['channels'] => {
  if (!channels?.M) return null;
  const all = Object.entries(channels.M).map(([channel, value]) => {
    const { state, to } = value?.M ?? {};
    return { channel, state: state?.S ?? '', to: to?.S ?? null };
  });
  return all.filter(({ state }) => OPEN_CHANNEL.has(state));
};

const shown = (item: Item): PendingEntry => ({
  id: item.id?.S ?? '',
  notification_type: item.type?.S ?? '',
  status: item.status?.S ?? '',
  due_at: new Date(Number(item.due_at?.N)).toISOString(),
  subject: item.subject?.S ?? null,
  channels: channelsOf(item),
});

/**
 * Reads from the service's table the notifications that are still to be sent, the next due first.
 */
export const makePending = (run: Run, table: ServiceTable) => {
  const partitions = async (TableName: string): Promise<number> => {
    const Key = { id: { S: 'index_partitions' } };
    const { Item: mark } = (await run('GetItem', { TableName, Key })) as { Item?: Item };
    return Number(mark?.used?.N ?? 1);
  };

  const read = async (TableName: string, ids: string[]): Promise<Item[]> => {
    if (ids.length === 0) return [];
    const Keys = ids.map((id) => ({ id: { S: id } }));
    const { Responses } = (await run('BatchGetItem', { RequestItems: { [TableName]: { Keys } } })) as {
      Responses: Record<string, Item[]>;
    };
    return Responses[TableName] ?? [];
  };

  const readPending = async (name: string): Promise<PendingEntry[]> => {
    // As many of each shard as are shown in all.
    const shards = openShards(await partitions(name));
    const keys = await Promise.all(shards.map((shard) => table.openKeys(name, shard, SHOWN_MAX)));
    const ids = keys
      .flat()
      .filter(({ id }) => id.startsWith('ntf_'))
      .sort((a, b) => a.at - b.at)
      .slice(0, SHOWN_MAX)
      .map(({ id }) => id);
    const items = (await read(name, ids)).filter(({ status }) => OPEN.has(status?.S ?? ''));
    return items.sort((a, b) => Number(a.due_at?.N) - Number(b.due_at?.N)).map(shown);
  };

  return async (): Promise<PendingEntry[]> => (await table.read(readPending)) ?? [];
};
