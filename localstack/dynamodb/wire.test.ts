import * as sdk from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { useDynamoDb } from './dynamodb.testing.ts';

const dynamodb = useDynamoDb();

const post = (operation: string, body: string) =>
  fetch(dynamodb.aws.endpoint, {
    method: 'POST',
    headers: { 'x-amz-target': `DynamoDB_20120810.${operation}` },
    body,
  });

describe('a request that is no operation', () => {
  it.each([
    ['an operation that is missing', 'TransactWriteItems', '{}', 'UnknownOperationException'],
    ['a property of every object', 'constructor', '{}', 'UnknownOperationException'],
    ['a body that is not JSON', 'GetItem', '{', 'SerializationException'],
  ])('is refused with the code and shape of DynamoDB: %s', async (_, operation, body, code) => {
    const answer = await post(operation, body);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({ __type: `com.amazon.coral.service#${code}`, message: expect.any(String) });
    // Clients take their code from these headers where they are, with all that is in them.
    for (const header of ['x-amzn-query-error', 'x-amzn-errortype']) expect(answer.headers.get(header)).toBeNull();
  });

  it('is an error of that name in the SDK, and says what is missing', async () => {
    await expect(dynamodb.client.send(new sdk.DescribeEndpointsCommand({}))).rejects.toMatchObject({
      name: 'UnknownOperationException',
      message: 'DescribeEndpoints is not part of the embedded DynamoDB',
    });
  });
});

describe('a member that is not supported', () => {
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
  ])('is refused by name, not ignored: %s', async (operation, request, path) => {
    const answer = await post(operation, JSON.stringify(request));
    expect(await answer.json()).toEqual({
      __type: 'com.amazon.coral.validate#ValidationException',
      message: `${path} is not supported by the embedded DynamoDB`,
    });
  });
});
