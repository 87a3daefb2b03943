import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { actions, validations } from './dynalite.ts';
import { startStore, type TestStore } from './dynamodb.testing.ts';
import { makeRunner, type Run } from './run.ts';
import { readTable } from './table-record.ts';

it('has an action and a model for each operation', () => {
  for (const [operation, { run, validation }] of actions) {
    expect([operation, typeof run]).toEqual([operation, 'function']);
    expect([operation, typeof validation.types]).toEqual([operation, 'object']);
  }
});

/** Ends with 0 if the server survives a client that hangs up within the body of a request. */
const HANG_UP = `
  const server = require('dynalite')();
  server.on('connection', (socket) => {
    socket.on('close', () => setImmediate(() => setImmediate(() => process.exit(0))));
  });
  server.listen(0, '127.0.0.1', () => {
    const client = require('node:net').connect(server.address().port, '127.0.0.1');
    server.on('request', () => client.destroy());
    client.write('POST / HTTP/1.1\\r\\nhost: localhost\\r\\ncontent-length: 9\\r\\n\\r\\n{');
  });`;

it('ends the process at an aborted request, if its own HTTP server is used', () => {
  const { status, stderr } = spawnSync(process.execPath, ['-e', HANG_UP], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  });
  expect(stderr).toMatch(/Error: aborted/);
  expect(status).toBe(1);
});

describe('dynalite without the operations of this folder', () => {
  const TableName = 'plain';
  let dynamodb: TestStore;
  let run: Run;
  beforeAll(async () => {
    dynamodb = await startStore();
    run = makeRunner(dynamodb.store, dynamodb.store).run;
    await dynamodb.createTable({
      TableName,
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    });
  });
  afterAll(() => dynamodb.close());

  it('ignores an index that is added to a table (indexes.ts)', async () => {
    const index = {
      IndexName: 'by-id',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'ALL' },
    };
    await run('UpdateTable', { TableName, GlobalSecondaryIndexUpdates: [{ Create: index }] });
    expect((await readTable(dynamodb.store, TableName)).GlobalSecondaryIndexes).toBeUndefined();
  });

  it('accepts more than 50 tags (tags.ts)', async () => {
    const { TableArn: ResourceArn } = await readTable(dynamodb.store, TableName);
    const Tags = Array.from({ length: 51 }, (_, n) => ({ Key: `key-${n}`, Value: 'v' }));
    await run('TagResource', { ResourceArn, Tags });
    expect(await run('ListTagsOfResource', { ResourceArn })).toMatchObject({
      Tags: expect.objectContaining({ length: 51 }),
    });
  });

  it('drops members that it does not know (members.ts)', () => {
    const { types } = actions.get('GetItem')?.validation ?? { types: {} };
    expect(validations.checkTypes({ TableName, Other: 1 }, types)).toEqual({ TableName });
  });

  it('ignores settings of a table, such as deletion protection (table-settings.ts)', async () => {
    await run('UpdateTable', { TableName, DeletionProtectionEnabled: true });
    expect((await readTable(dynamodb.store, TableName)).DeletionProtectionEnabled).toBe(false);
  });
});
