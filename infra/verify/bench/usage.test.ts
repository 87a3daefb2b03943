import { expect, it } from 'vitest';
import { emptyUsage, makeLedger } from './usage.ts';

const indexes = { by_time: ['list_key', 'position'], open: ['open_shard', 'next_check_at'] };
const capacity = { ConsumedCapacity: { CapacityUnits: 1 } };
const listed = { id: { S: 'a' }, list_key: { S: 'l' }, position: { S: '1' } };
const watched = { ...listed, open_shard: { N: '1' }, next_check_at: { N: '5' } };

const run = (...writes: { Item: Record<string, Record<string, string>>; status?: number }[]) => {
  const usage = emptyUsage();
  const ledger = makeLedger(indexes);
  for (const { Item, status = 200 } of writes)
    ledger.add(usage, { operation: 'PutItem', request: { Item }, status, answer: status === 200 ? capacity : {} });
  return { usage, ledger };
};

it('charges the item and a unit for each index that it enters', () => {
  expect(run({ Item: watched }).usage).toMatchObject({ calls: { PutItem: 1 }, writeUnits: 3, indexWriteUnits: 2 });
  expect(run({ Item: listed }).usage).toMatchObject({ writeUnits: 2, indexWriteUnits: 1 });
});

it('charges nothing for keys that stay, one to leave, two to move', () => {
  expect(run({ Item: watched }, { Item: watched }).usage.indexWriteUnits).toBe(2);
  expect(run({ Item: watched }, { Item: listed }).usage.indexWriteUnits).toBe(3);
  expect(run({ Item: watched }, { Item: { ...watched, next_check_at: { N: '9' } } }).usage.indexWriteUnits).toBe(4);
});

it('charges a failed condition by the item that is there, indexes apart', () => {
  expect(run({ Item: watched }, { Item: watched, status: 400 }).usage).toMatchObject({
    writeUnits: 4,
    indexWriteUnits: 2,
  });
  expect(run({ Item: watched, status: 400 }).usage).toMatchObject({ writeUnits: 1, indexWriteUnits: 0 });
});

it('takes an update by what it returns, and refuses one that cannot be seen', () => {
  const { usage, ledger } = run({ Item: watched });
  const request = { Key: { id: { S: 'a' } } };
  ledger.add(usage, { operation: 'UpdateItem', request, status: 200, answer: { ...capacity, Attributes: listed } });
  expect(usage).toMatchObject({ writeUnits: 5, indexWriteUnits: 3 });
  expect(() => ledger.add(usage, { operation: 'UpdateItem', request, status: 200, answer: capacity })).toThrow(/seen/);
});

it('adds up what reads consumed, of one table or of several', () => {
  const { usage, ledger } = run();
  ledger.add(usage, { operation: 'GetItem', request: {}, status: 200, answer: capacity });
  ledger.add(usage, {
    operation: 'BatchGetItem',
    request: {},
    status: 200,
    answer: { ConsumedCapacity: [{ CapacityUnits: 2.5 }] },
  });
  expect(usage).toMatchObject({ readUnits: 3.5, calls: { GetItem: 1, BatchGetItem: 1 } });
});
