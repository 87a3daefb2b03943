import { DeleteItemCommand, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { VERSION } from '../../platform/version.ts';
import { makeTestClock } from '../../testing/clock.ts';
import { type DynamoFixture, startDynamo } from '../../testing/dynamodb.ts';
import { makeTableFormat } from './table-format.ts';

let dynamo: DynamoFixture;
beforeAll(async () => {
  dynamo = await startDynamo(makeTestClock());
});
afterAll(() => dynamo.stop());

const Key = { id: { S: 'meta_format' } };
const stored = async () => (await dynamo.client.send(new GetItemCommand({ TableName: dynamo.tableName, Key }))).Item;
const mark = (format: number, release: string) => ({ ...Key, format: { N: String(format) }, release: { S: release } });
const put = (Item: ReturnType<typeof mark>) =>
  dynamo.client.send(new PutItemCommand({ TableName: dynamo.tableName, Item }));
const format = () => makeTableFormat(dynamo.client, dynamo.tableName);

beforeEach(() => dynamo.client.send(new DeleteItemCommand({ TableName: dynamo.tableName, Key })));

describe('the format of the table', () => {
  it('without a mark is the first: it is used, and marked by the reconciler alone', async () => {
    await format().check();
    expect(await stored()).toBeUndefined();
    await format().keep();
    expect(await stored()).toEqual(mark(1, VERSION));
  });

  it('stays marked by the release that stored it first, also when many reconcilers begin at once', async () => {
    await Promise.all([1, 2, 3].map(() => format().keep()));
    await put(mark(1, '0.0.1'));
    await format().keep();
    expect(await stored()).toEqual(mark(1, '0.0.1'));
  });

  it('of a newer release is refused with what to do, and stays', async () => {
    await put(mark(2, '9.0.0'));
    const refusal = { name: 'NewerTableFormat', message: expect.stringMatching(/^Release 9\.0\.0 .*format 2.*deploy/) };
    await expect(format().check()).rejects.toMatchObject(refusal);
    await expect(format().keep()).rejects.toMatchObject(refusal);
    expect(await stored()).toEqual(mark(2, '9.0.0'));
  });

  it('is in no index', async () => {
    await format().keep();
    expect(Object.keys((await stored()) ?? {}).sort()).toEqual(['format', 'id', 'release']);
  });
});
