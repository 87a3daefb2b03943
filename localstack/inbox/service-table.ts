import type { Run } from '../dynamodb/run.ts';

/** DynamoDB JSON. An encrypted attribute has type B, which is not read. */
export interface Attribute {
  S?: string;
  N?: string;
  M?: Item;
}
export interface Item {
  [name: string]: Attribute | undefined;
}

/** Looks up the table of the service, of any stage, by its index of what is open. */
export const makeServiceTable = (run: Run) => {
  let table: string | undefined;

  const hasOpenIndex = async (name: string): Promise<boolean> => {
    const { Table } = (await run('DescribeTable', { TableName: name })) as {
      Table: { GlobalSecondaryIndexes?: { IndexName: string }[] };
    };
    return (Table.GlobalSecondaryIndexes ?? []).some(({ IndexName }) => IndexName === 'open');
  };

  const find = async (): Promise<string | undefined> => {
    const { TableNames } = (await run('ListTables', {})) as { TableNames: string[] };
    for (const name of TableNames) if (await hasOpenIndex(name)) return name;
    return undefined;
  };

  const use = async <T>(read: (name: string) => Promise<T>): Promise<T | undefined> => {
    table ??= await find();
    return table === undefined ? undefined : read(table);
  };

  return {
    /**
     * What is read from it; undefined while it does not exist. The table may be replaced by another
     * one: after an error it is looked up again.
     */
    read: <T>(read: (name: string) => Promise<T>): Promise<T | undefined> =>
      use(read).catch(() => {
        table = undefined;
        return use(read);
      }),

    /** The keys of one shard of the index, the earliest first. */
    openKeys: async (name: string, shard: number, limit: number): Promise<{ id: string; at: number }[]> => {
      const { Items } = (await run('Query', {
        TableName: name,
        IndexName: 'open',
        KeyConditionExpression: 'open_shard = :shard',
        ExpressionAttributeValues: { ':shard': { N: String(shard) } },
        Limit: limit,
      })) as { Items: Item[] };
      return Items.map((key) => ({ id: String(key.id?.S), at: Number(key.next_check_at?.N) }));
    },
  };
};
export type ServiceTable = ReturnType<typeof makeServiceTable>;
