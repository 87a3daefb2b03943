import type { DynaliteError } from './dynalite.ts';

/** A ValidationException in the form of DynamoDB. */
export const refusal = (message: string): DynaliteError =>
  Object.assign(new Error(message), {
    statusCode: 400,
    body: { __type: 'com.amazon.coral.validate#ValidationException', message },
  });

/** An exception of DynamoDB's model. */
export const exception = (name: string, message: string): DynaliteError =>
  Object.assign(new Error(message), {
    statusCode: 400,
    body: { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message },
  });
