import * as sdk from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { KIND, type Schema, schemaOf } from '../testing/sdk-schema.ts';
import { actions, type Constraints, type Members } from './dynalite.ts';
import { useDynamoDb } from './dynamodb.testing.ts';
import './patches/request-model.ts';

const dynamodb = useDynamoDb();

const post = (operation: string, body: string) =>
  fetch(dynamodb.aws.endpoint, {
    method: 'POST',
    headers: { 'x-amz-target': `DynamoDB_20120810.${operation}` },
    body,
  });

describe('an error that is not of an operation', () => {
  it.each([
    ['an operation that is not there', 'TransactWriteItems', '{}', 'UnknownOperationException'],
    ['an operation that is none', 'constructor', '{}', 'UnknownOperationException'],
    ['a body that is no JSON', 'GetItem', '{', 'SerializationException'],
  ])('has the code and shape of DynamoDB: %s', async (_, operation, body, code) => {
    const answer = await post(operation, body);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({ __type: `com.amazon.coral.service#${code}`, message: expect.any(String) });
    // Clients take their code from these headers where they are, with all that is in them.
    for (const header of ['x-amzn-query-error', 'x-amzn-errortype']) expect(answer.headers.get(header)).toBeNull();
  });

  it('has the name of the code in the SDK, and says what is missing', async () => {
    await expect(dynamodb.client.send(new sdk.DescribeEndpointsCommand({}))).rejects.toMatchObject({
      name: 'UnknownOperationException',
      message: 'DescribeEndpoints is not part of the embedded DynamoDB',
    });
  });
});

describe('a member that nothing here knows', () => {
  it.each([
    ['GetItem', { TableName: 'any', Key: {}, Other: 1 }, 'Other'],
    ['BatchGetItem', { RequestItems: { any: { Keys: [], Other: 1 } } }, 'RequestItems.Other'],
    [
      'BatchWriteItem',
      { RequestItems: { any: [{ PutRequest: { Item: {}, Other: 1 } }] } },
      'RequestItems.PutRequest.Other',
    ],
    ['UpdateItem', { TableName: 'any', Key: {}, Expected: { a: { Other: 1 } } }, 'Expected.Other'],
    ['ListTagsOfResource', { ResourceArn: 'arn', NextToken: 'n' }, 'NextToken'],
  ])('is refused by name, not dropped: %s', async (operation, request, path) => {
    const answer = await post(operation, JSON.stringify(request));
    expect(await answer.json()).toEqual({
      __type: 'com.amazon.coral.validate#ValidationException',
      message: `${path} is not supported by the embedded DynamoDB`,
    });
  });

  const missing = (schema: Schema, constraints: string | Constraints | undefined, path: string): string[] => {
    if (constraints === undefined) return [path];
    if (!Array.isArray(schema) || typeof constraints === 'string') return [];
    const [kind, , , , first, second] = schema;
    const { children, type } = constraints;
    if (kind === KIND.list) return missing(schemaOf(first), children as Constraints, path);
    if (kind === KIND.map) return missing(schemaOf(second), children as Constraints, path);
    if (kind !== KIND.structure || typeof children !== 'object') return [];
    const members = (type ? children : constraints) as Members;
    return (first as string[]).flatMap((name, index) =>
      missing(schemaOf((second as unknown[])[index]), members[name], `${path}.${name}`),
    );
  };

  it('is one of these in the SDK; all others are honoured', () => {
    const refused = [...actions].flatMap(([operation, { validation }]) => {
      const schema = (sdk as Record<string, unknown>)[`${operation}Input$`] as Schema;
      return missing(schema, { type: 'FieldStruct<Input>', children: validation.types }, operation);
    });
    expect(refused).toEqual([
      'CreateTable.ResourcePolicy',
      'CreateTable.GlobalTableSourceArn',
      'CreateTable.GlobalTableSettingsReplicationMode',
      'CreateTable.VectorIndexes',
      'ListTagsOfResource.NextToken',
      'UpdateTable.GlobalSecondaryIndexUpdates.Update.OnDemandThroughput',
      'UpdateTable.GlobalSecondaryIndexUpdates.Update.WarmThroughput',
      'UpdateTable.ReplicaUpdates',
      'UpdateTable.MultiRegionConsistency',
      'UpdateTable.GlobalTableWitnessUpdates',
      'UpdateTable.GlobalTableSettingsReplicationMode',
      'UpdateTable.DisassociationProtectionEnabled',
      'UpdateTable.VectorIndexUpdates',
    ]);
  });
});
