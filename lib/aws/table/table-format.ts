/**
 * The format of what is stored in the table, in one item that no index has. infra/README.md,
 * *Upgrading*, says what holds between releases. Readiness and a start read it in place of a probe,
 * and the reconciler keeps it: no request pays for it.
 */
import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { VERSION } from '../../platform/version.ts';

/**
 * Raised by a change after which the release before cannot use the table. This release reads every
 * format up to it.
 */
const TABLE_FORMAT = 1;
const KEY = { id: { S: 'meta_format' } };

interface Mark {
  format: number;
  /** That first stored something in this format. */
  release: string;
}

/** A table without a mark is of format 1. */
const read = async (client: DynamoDBClient, TableName: string): Promise<Mark | undefined> => {
  const { Item } = await client.send(new GetItemCommand({ TableName, Key: KEY }));
  return Item && { format: Number(Item.format?.N), release: Item.release?.S ?? '' };
};

const checked = (mark: Mark | undefined): Mark | undefined => {
  if (!mark || mark.format <= TABLE_FORMAT) return mark;
  const message = `Release ${mark.release} has stored it in format ${mark.format}, and this release, ${VERSION}, knows formats up to ${TABLE_FORMAT}: deploy release ${mark.release} or a later one`;
  throw Object.assign(new Error(message), { name: 'NewerTableFormat' });
};

export const makeTableFormat = (client: DynamoDBClient, tableName: string) => ({
  /** Throws `NewerTableFormat` for a table that a newer release has stored. */
  check: async (): Promise<void> => void checked(await read(client, tableName)),

  /** The same, and writes the mark where there is none, or that of an older release. */
  keep: async (): Promise<void> => {
    const mark = checked(await read(client, tableName));
    if (mark?.format === TABLE_FORMAT) return;
    await client.send(
      new PutItemCommand({
        TableName: tableName,
        Item: { ...KEY, format: { N: String(TABLE_FORMAT) }, release: { S: VERSION } },
        ConditionExpression: 'attribute_not_exists(id) OR #format <= :ours',
        ExpressionAttributeNames: { '#format': 'format' },
        ExpressionAttributeValues: { ':ours': { N: String(TABLE_FORMAT) } },
      }),
    );
  },
});
