/** Keys of an index; the items are read by id. An index trails the items a little. */
import { type DynamoDBClient, QueryCommand, type QueryCommandOutput } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { encode, type Item, type RawItem, type Reach } from './call.ts';

export const makeIndexQueries = (table: { client: DynamoDBClient; tableName: string; reach: Reach }) => {
  const { client, tableName: TableName, reach } = table;
  return {
    /** One page of an index's keys. `range` is a key condition on the sort key with its values. */
    keys: async (query: {
      index: string;
      hash: { name: string; value: string | number };
      range?: { expression: string; name: string; values: Record<string, unknown> };
      limit: number;
      newestFirst: boolean;
    }): Promise<Item[]> => {
      const { hash, range } = query;
      const found: Item[] = [];
      let from: RawItem | undefined;
      // AWS counts what an index projects against its 1 MB a call; DynamoDB Local counts whole
      // items, and ends early.
      do {
        const call: Promise<QueryCommandOutput> = client.send(
          new QueryCommand({
            TableName,
            IndexName: query.index,
            KeyConditionExpression: range ? `#hash = :hash AND ${range.expression}` : '#hash = :hash',
            ExpressionAttributeNames: { '#hash': hash.name, ...(range && { '#range': range.name }) },
            ExpressionAttributeValues: encode({ ':hash': hash.value, ...range?.values }),
            Limit: query.limit - found.length,
            ...(from && { ExclusiveStartKey: from }),
            ScanIndexForward: !query.newestFirst,
          }),
        );
        const page = await reach('Query', call);
        found.push(...(page.Items ?? []).map((raw) => unmarshall(raw) as Item));
        from = page.LastEvaluatedKey;
      } while (from && found.length < query.limit);
      return found;
    },

    /**
     * How many entries one partition of an index has; what is beyond `max` is not counted. An index
     * trails the items a little.
     */
    count: async (query: { index: string; hash: { name: string; value: string }; max: number }): Promise<number> => {
      const call = client.send(
        new QueryCommand({
          TableName,
          IndexName: query.index,
          KeyConditionExpression: '#hash = :hash',
          ExpressionAttributeNames: { '#hash': query.hash.name },
          ExpressionAttributeValues: encode({ ':hash': query.hash.value }),
          Select: 'COUNT',
          Limit: query.max,
        }),
      );
      return (await reach('Query', call)).Count ?? 0;
    },
  };
};
