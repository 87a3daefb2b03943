import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { makeTable } from '../aws/table/table.ts';
import { ServiceError, validationFailed } from '../errors.ts';
import { systemClock } from '../platform/clock.ts';
import { loggable } from './loggable.ts';

const members = (error: unknown): string => {
  if (!(error instanceof Error)) return JSON.stringify(error);
  const { name, message, stack, cause } = error;
  return [name, message, stack, JSON.stringify(error), cause === undefined ? '' : members(cause)].join('\n');
};

describe('an error in a log', () => {
  it('keeps its name, message, frames, causes, and what a system or an SDK says of it', () => {
    const system = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' });
    const safe = loggable(new ServiceError('unavailable', 'Try again', { cause: system })) as Error;
    expect(safe).toMatchObject({ name: 'ServiceError', message: 'unavailable: Try again' });
    expect(safe.stack).toMatch(/^ServiceError: unavailable: Try again\n\s+at .*loggable\.test\.ts/);
    expect(safe.cause).toMatchObject({ message: 'connect ECONNREFUSED', code: 'ECONNREFUSED', syscall: 'connect' });
    expect(loggable('text')).toBe('text');
  });

  it.each([
    ['an answer cut short', 200, '{"Item":{"id":{"S":"x"},"body":{"S": MARK'],
    ['an answer that is no JSON', 500, '<html>MARK'],
  ])('quotes nothing of %s', async (_, status, body) => {
    const server = createServer((request, response) => {
      request.resume();
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(body);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const credentials = { accessKeyId: 'a', secretAccessKey: 'a' };
    const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
    const table = makeTable({ client, tableName: 'table', clock: systemClock });
    const error: unknown = await table
      .get('x', { toItem: () => ({ id: 'x' }), fromItem: (item) => item })
      .catch((thrown: unknown) => thrown);
    server.closeAllConnections();
    server.close();
    expect(members(error)).toContain('MARK');
    expect(members(loggable(error))).not.toContain('MARK');
    expect(members(loggable(error))).toContain('SyntaxError');
  });

  it('carries no record, no address, no field that a client named', () => {
    const condition = new ConditionalCheckFailedException({
      message: 'The conditional request failed',
      $metadata: {},
      Item: { body: { S: 'MARK' } },
    });
    const mail = Object.assign(new Error('refused'), { rejected: ['MARK'], response: '550 MARK' });
    const refused = validationFailed([{ pointer: '/MARK/__proto__', detail: 'is not an allowed name' }]);
    for (const error of [condition, mail, refused]) expect(members(loggable(error))).not.toContain('MARK');
  });
});
