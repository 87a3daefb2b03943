import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { ShareCount } from '../../auth/rate-limit/rate-limit.ts';
import type { Clock } from '../../platform/clock.ts';
import { derivedId } from '../../platform/random.ts';
import { unavailable } from '../unavailable.ts';

/** Longer than any process still adds to a window. */
const KEPT_SECONDS = 120;

/**
 * One item for each principal and window; DynamoDB's ADD makes it and sums in it. In no index: one
 * write unit a share. An answer that got lost, and the SDK's repetition, may count a share twice:
 * the caller is refused that much early, once.
 */
export const makeRateCounter =
  (options: { client: DynamoDBClient; tableName: string; clock: Clock }): ShareCount =>
  async ({ principalId, window, count }) => {
    const { client, tableName, clock } = options;
    const id = derivedId('rate_', principalId, String(window));
    const command = new UpdateItemCommand({
      TableName: tableName,
      Key: { id: { S: id } },
      UpdateExpression: 'SET expires_at = :expiry ADD used :count',
      ExpressionAttributeValues: {
        ':expiry': { N: String(Math.ceil(clock.now() / 1000) + KEPT_SECONDS) },
        ':count': { N: String(count) },
      },
      ReturnValues: 'UPDATED_NEW',
    });
    try {
      return Number((await client.send(command)).Attributes?.used?.N);
    } catch (error) {
      throw unavailable(error);
    }
  };
