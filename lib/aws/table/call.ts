/** What every call of DynamoDB has: attributes in its form, a span, and `unavailable` for what fails. */
import { type AttributeValue, ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { inSpan, SpanKind } from '../../telemetry/tracing.ts';
import { unavailable } from '../unavailable.ts';

export type Item = Record<string, unknown> & { id: string };
export type RawItem = Record<string, AttributeValue>;

export const encode = (values: Record<string, unknown>): RawItem => marshall(values, { removeUndefinedValues: true });

export const isConflict = (error: unknown): error is ConditionalCheckFailedException =>
  error instanceof ConditionalCheckFailedException;

export type Reach = <T>(operation: string, call: Promise<T>) => Promise<T>;

/**
 * A call in a span by the semantic conventions for databases, in which a condition that fails is no
 * error. Throws that failure as it is, and `unavailable` for every other one.
 */
export const makeReach =
  (tableName: string): Reach =>
  (operation, call) => {
    const attributes = {
      'db.system.name': 'aws.dynamodb',
      'db.operation.name': operation,
      'db.collection.name': tableName,
    };
    const span = { kind: SpanKind.CLIENT, attributes, isExpected: isConflict };
    return inSpan(`${operation} ${tableName}`, span, async () => {
      try {
        return await call;
      } catch (error) {
        throw isConflict(error) ? error : unavailable(error);
      }
    });
  };
