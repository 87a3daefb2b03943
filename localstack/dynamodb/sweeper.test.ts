import { type DynamoDBClient, GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { clientsFor } from '../testing/temporary-directory.ts';
import { useAws } from '../testing/use-aws.ts';

const aws = useAws();
let dynamodb: DynamoDBClient;
beforeAll(() => {
  dynamodb = clientsFor(aws.endpoint).dynamodb;
});

describe('time to live', () => {
  const TableName = () => aws.environment.TABLE_NAME ?? '';
  const put = (id: string, expiresAt?: number) =>
    dynamodb.send(
      new PutItemCommand({
        TableName: TableName(),
        Item: { id: { S: id }, ...(expiresAt !== undefined && { expires_at: { N: String(expiresAt) } }) },
      }),
    );
  const exists = async (id: string) =>
    (await dynamodb.send(new GetItemCommand({ TableName: TableName(), Key: { id: { S: id } } }))).Item !== undefined;

  it('removes what has expired after an advance; what was extended, or never expires, stays', async () => {
    const inDays = (days: number) => Math.floor(Date.now() / 1_000) + days * 86_400;
    for (let index = 0; index < 60; index += 1) await put(`week-${index}`, inDays(7));
    await put('month', inDays(30));
    await put('ever');
    await put('extended', inDays(7));
    await aws.advance('P6D');
    await dynamodb.send(
      new UpdateItemCommand({
        TableName: TableName(),
        Key: { id: { S: 'extended' } },
        UpdateExpression: 'SET expires_at = :e',
        ExpressionAttributeValues: { ':e': { N: String(inDays(40)) } },
      }),
    );
    expect(await exists('week-0')).toBe(true);
    await aws.advance('P2D');
    const gone = async () => {
      for (let index = 0; index < 60; index += 1) expect(await exists(`week-${index}`)).toBe(false);
    };
    await vi.waitFor(gone, { timeout: 20_000 });
    expect([await exists('month'), await exists('ever'), await exists('extended')]).toEqual([true, true, true]);
  });
});
