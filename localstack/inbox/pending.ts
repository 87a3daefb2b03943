import { openShards } from '../../lib/aws/table/keys.ts';
import type { Run } from '../dynamodb/run.ts';

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

/** DynamoDB JSON. An encrypted attribute has type B, which is not read. */
interface Attribute {
  S?: string;
  N?: string;
  M?: Item;
}
interface Item {
  [name: string]: Attribute | undefined;
}

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
export const makePending = (run: Run) => {
  let table: string | undefined;

  const hasOpenIndex = async (name: string): Promise<boolean> => {
    const { Table } = (await run('DescribeTable', { TableName: name })) as {
      Table: { GlobalSecondaryIndexes?: { IndexName: string }[] };
    };
    return (Table.GlobalSecondaryIndexes ?? []).some(({ IndexName }) => IndexName === 'open');
  };

  /** The table of the service, of any stage; undefined if it does not exist yet. */
  const findTable = async (): Promise<string | undefined> => {
    const { TableNames } = (await run('ListTables', {})) as { TableNames: string[] };
    for (const name of TableNames) if (await hasOpenIndex(name)) return name;
    return undefined;
  };

  const partitions = async (TableName: string): Promise<number> => {
    const Key = { id: { S: 'index_partitions' } };
    const { Item: mark } = (await run('GetItem', { TableName, Key })) as { Item?: Item };
    return Number(mark?.used?.N ?? 1);
  };

  /** As many of each shard as are shown in all. */
  const soonest = async (TableName: string, shard: number): Promise<{ id: string; at: number }[]> => {
    const { Items } = (await run('Query', {
      TableName,
      IndexName: 'open',
      KeyConditionExpression: 'open_shard = :shard',
      ExpressionAttributeValues: { ':shard': { N: String(shard) } },
      Limit: SHOWN_MAX,
    })) as { Items: Item[] };
    return Items.map((key) => ({ id: String(key.id?.S), at: Number(key.next_check_at?.N) }));
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
    const keys = await Promise.all(openShards(await partitions(name)).map((shard) => soonest(name, shard)));
    const ids = keys
      .flat()
      .filter(({ id }) => id.startsWith('ntf_'))
      .sort((a, b) => a.at - b.at)
      .slice(0, SHOWN_MAX)
      .map(({ id }) => id);
    const items = (await read(name, ids)).filter(({ status }) => OPEN.has(status?.S ?? ''));
    return items.sort((a, b) => Number(a.due_at?.N) - Number(b.due_at?.N)).map(shown);
  };

  const readAll = async (): Promise<PendingEntry[]> => {
    table ??= await findTable();
    return table === undefined ? [] : readPending(table);
  };

  /** The table may be replaced by another one: after an error it is looked up again. */
  return () =>
    readAll().catch(() => {
      table = undefined;
      return readAll();
    });
};
