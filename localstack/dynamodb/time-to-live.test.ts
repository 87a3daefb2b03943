import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTimeToLiveCommand,
  type TimeToLiveSpecification,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Aws, startAws } from '../testing/stack.ts';
import { clientsFor, temporaryDirectory } from '../testing/temporary-directory.ts';

const directory = temporaryDirectory();
let aws: Aws;
let dynamodb: ReturnType<typeof clientsFor>['dynamodb'];
let tables = 0;
let TableName = '';
beforeAll(async () => {
  aws = await startAws({ dataDir: directory.path, provisioned: false });
  dynamodb = clientsFor(aws.endpoint).dynamodb;
});
beforeEach(async () => {
  tables += 1;
  TableName = `table-${tables}`;
  await create();
});
afterAll(async () => {
  await aws.close();
  directory.remove();
});

const create = () =>
  dynamodb.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  );
const update = (AttributeName: string, Enabled: boolean) =>
  dynamodb.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { AttributeName, Enabled } }));
const describeIt = async () =>
  (await dynamodb.send(new DescribeTimeToLiveCommand({ TableName }))).TimeToLiveDescription;
const refused = (message: string) => ({ name: 'ValidationException', message: expect.stringContaining(message) });

describe('the time to live of a table that anybody made', () => {
  it('is disabled, is enabled by attribute, and disabled again', async () => {
    expect(await describeIt()).toEqual({ TimeToLiveStatus: 'DISABLED' });
    const { TimeToLiveSpecification: answered } = await update('ttl', true);
    expect(answered).toEqual({ AttributeName: 'ttl', Enabled: true });
    expect(await describeIt()).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'ttl' });
    await update('ttl', false);
    expect(await describeIt()).toEqual({ TimeToLiveStatus: 'DISABLED' });
  });

  it('refuses a change that is none, and one of another attribute', async () => {
    await expect(update('ttl', false)).rejects.toMatchObject(refused('TimeToLive is already disabled'));
    await update('ttl', true);
    await expect(update('ttl', true)).rejects.toMatchObject(refused('TimeToLive is already enabled'));
    const other = 'TimeToLive is active on a different AttributeName: current AttributeName is ttl';
    await expect(update('expires', true)).rejects.toMatchObject(refused(other));
    await expect(update('expires', false)).rejects.toMatchObject(refused(other));
  });

  it('ends with its table: a new one of the same name starts without', async () => {
    await update('ttl', true);
    await dynamodb.send(new DeleteTableCommand({ TableName }));
    await create();
    expect(await describeIt()).toEqual({ TimeToLiveStatus: 'DISABLED' });
    await update('expires', true);
  });

  it('of a table that is not there is ResourceNotFoundException', async () => {
    TableName = 'none';
    await expect(describeIt()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(update('ttl', true)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it.each([
    ['nothing', undefined, "'timeToLiveSpecification'"],
    ['no attribute', { Enabled: true }, "'timeToLiveSpecification.attributeName'"],
    ['an empty attribute', { AttributeName: '', Enabled: true }, "'timeToLiveSpecification.attributeName'"],
    ['no decision', { AttributeName: 'ttl' }, "'timeToLiveSpecification.enabled'"],
  ])('refuses %s, by the name of the member', async (_, specification, member) => {
    const TimeToLiveSpecification = specification as TimeToLiveSpecification;
    const command = new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification });
    await expect(dynamodb.send(command)).rejects.toMatchObject(refused(member));
  });
});
