import { CreateTableCommand, DeleteTableCommand, DescribeTableCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import { openShard } from '../../lib/aws/table/keys.ts';
import { startAws } from '../testing/stack.ts';
import { clientsFor, temporaryDirectory } from '../testing/temporary-directory.ts';
import { useAws } from '../testing/use-aws.ts';

const NOW = Date.parse('2026-11-29T10:00:00Z');
const aws = useAws();

const pending = async (at = aws) =>
  (await (await fetch(`${at.endpoint}/_local/pending`)).json()) as { id: string; due_at: string }[];

const put = async (
  id: string,
  dueInMs: number,
  changes: Record<string, unknown> = {},
  TableName = aws.environment.TABLE_NAME,
): Promise<void> => {
  const item = {
    id,
    open_shard: openShard(id),
    next_check_at: NOW + dueInMs + 60_000,
    type: 'user.signup',
    status: 'SCHEDULED',
    due_at: NOW + dueInMs,
    subject: 'Hello',
    channels: { email: { state: 'pending', to: 'ann@example.com', attempts: 0 } },
    ...changes,
  };
  const { dynamodb } = clientsFor(aws.endpoint);
  await dynamodb.send(
    new PutItemCommand({
      TableName,
      Item: marshall(item, { removeUndefinedValues: true }),
    }),
  );
  dynamodb.destroy();
};

describe('the list of what is pending', () => {
  it('is empty in a stack without a table', async () => {
    const other = temporaryDirectory();
    const empty = await startAws({ dataDir: other.path, provisioned: false });
    expect(await pending(empty)).toEqual([]);
    await empty.close();
    other.remove();
  });

  it('has what is still to be sent, the next due first, with the channels that are not done', async () => {
    for (const [id, inMs] of [
      ['ntf_c', 3_000],
      ['ntf_a', 1_000],
      ['ntf_b', 2_000],
    ] as const)
      await put(id, inMs);
    await put('evt_1', 0);
    await put('ntf_sent', 0, { status: 'SENT', open_shard: undefined });
    const channels = { email: { state: 'sent', to: 'a@b.co' }, sms: { state: 'retrying', to: '+4915112345678' } };
    await put('ntf_d', 4_000, { status: 'RETRYING', subject: undefined, channels });
    const entries = await pending();
    expect(entries.map(({ id }) => id)).toEqual(['ntf_a', 'ntf_b', 'ntf_c', 'ntf_d']);
    expect(entries[0]).toEqual({
      id: 'ntf_a',
      notification_type: 'user.signup',
      status: 'SCHEDULED',
      due_at: new Date(NOW + 1_000).toISOString(),
      subject: 'Hello',
      channels: [{ channel: 'email', state: 'pending', to: 'ann@example.com' }],
    });
    expect(entries[3]).toMatchObject({
      status: 'RETRYING',
      subject: null,
      channels: [{ channel: 'sms', state: 'retrying', to: '+4915112345678' }],
    });
  });

  it('does not show encrypted fields', async () => {
    await put('ntf_encrypted', 500, { subject: new Uint8Array([1, 2]), channels: new Uint8Array([3, 4]) });
    expect((await pending())[0]).toMatchObject({ id: 'ntf_encrypted', subject: null, channels: null });
  });

  it('has the 50 that are due next', async () => {
    for (let index = 0; index < 60; index += 1) await put(`ntf_many_${index}`, 1_000_000 - index * 1_000);
    const entries = await pending();
    expect(entries).toHaveLength(50);
    expect(entries.at(-1)?.due_at).toBe(new Date(NOW + 1_000_000 - (60 - 45) * 1_000).toISOString());
  });

  it('is empty once the table is deleted, and is read from a later table', async () => {
    expect(await pending()).not.toEqual([]);
    const { dynamodb } = clientsFor(aws.endpoint);
    const TableName = aws.environment.TABLE_NAME;
    const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName }));
    await dynamodb.send(new DeleteTableCommand({ TableName }));
    expect(await pending()).toEqual([]);
    const indexes = Table?.GlobalSecondaryIndexes?.filter(({ IndexName }) => IndexName === 'open');
    const usedNames = new Set(
      [Table?.KeySchema, ...(indexes ?? []).map(({ KeySchema }) => KeySchema)].flat().map((key) => key?.AttributeName),
    );
    await dynamodb.send(
      new CreateTableCommand({
        TableName: 'another',
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: Table?.KeySchema,
        AttributeDefinitions: Table?.AttributeDefinitions?.filter(({ AttributeName }) => usedNames.has(AttributeName)),
        GlobalSecondaryIndexes: indexes?.map(({ IndexName, KeySchema, Projection }) => ({
          IndexName,
          KeySchema,
          Projection,
        })),
      }),
    );
    dynamodb.destroy();
    await put('ntf_again', 1_000, {}, 'another');
    expect((await pending()).map(({ id }) => id)).toEqual(['ntf_again']);
  });
});
