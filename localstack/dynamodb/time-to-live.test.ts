import {
  DeleteTableCommand,
  DescribeTimeToLiveCommand,
  type TimeToLiveSpecification,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { createTable, useDynamoDb } from './dynamodb.testing.ts';

const dynamodb = useDynamoDb();
let tables = 0;
let TableName = '';
beforeEach(async () => {
  tables += 1;
  TableName = `table-${tables}`;
  await create();
});

const create = () => createTable(dynamodb.client, TableName);
const update = (AttributeName: string, Enabled: boolean) =>
  dynamodb.client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { AttributeName, Enabled } }));
const describeIt = async () =>
  (await dynamodb.client.send(new DescribeTimeToLiveCommand({ TableName }))).TimeToLiveDescription;
const refused = (message: string) => ({ name: 'ValidationException', message: expect.stringContaining(message) });

describe('the time to live of a table', () => {
  it('is disabled, is enabled by attribute, and disabled again', async () => {
    expect(await describeIt()).toEqual({ TimeToLiveStatus: 'DISABLED' });
    const { TimeToLiveSpecification: answered } = await update('ttl', true);
    expect(answered).toEqual({ AttributeName: 'ttl', Enabled: true });
    expect(await describeIt()).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'ttl' });
    await update('ttl', false);
    expect(await describeIt()).toEqual({ TimeToLiveStatus: 'DISABLED' });
  });

  it('refuses a change without effect, and one of another attribute', async () => {
    await expect(update('ttl', false)).rejects.toMatchObject(refused('TimeToLive is already disabled'));
    await update('ttl', true);
    await expect(update('ttl', true)).rejects.toMatchObject(refused('TimeToLive is already enabled'));
    const other = 'TimeToLive is active on a different AttributeName: current AttributeName is ttl';
    await expect(update('expires', true)).rejects.toMatchObject(refused(other));
    await expect(update('expires', false)).rejects.toMatchObject(refused(other));
  });

  it('ends with its table: a new one of its name has none', async () => {
    await update('ttl', true);
    await dynamodb.client.send(new DeleteTableCommand({ TableName }));
    await create();
    expect(await describeIt()).toEqual({ TimeToLiveStatus: 'DISABLED' });
    await update('expires', true);
  });

  it('of a missing table is refused with ResourceNotFoundException', async () => {
    TableName = 'none';
    await expect(describeIt()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(update('ttl', true)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it.each([
    ['nothing', undefined, "'timeToLiveSpecification'"],
    ['no attribute', { Enabled: true }, "'timeToLiveSpecification.attributeName'"],
    ['an empty attribute', { AttributeName: '', Enabled: true }, "'timeToLiveSpecification.attributeName'"],
    ['no Enabled', { AttributeName: 'ttl' }, "'timeToLiveSpecification.enabled'"],
  ])('refuses %s, by the name of the member', async (_, specification, member) => {
    const TimeToLiveSpecification = specification as TimeToLiveSpecification;
    const command = new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification });
    await expect(dynamodb.client.send(command)).rejects.toMatchObject(refused(member));
  });
});
