import { readFileSync } from 'node:fs';
import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { load } from 'js-yaml';
import { afterEach, describe, expect, it, vi } from 'vitest';
import * as keys from './keys.ts';

const tenants = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,40}$/);
const types = fc.oneof(
  fc.constantFrom('user.signup', 'custom', 'order.shipped', '~1', 'constructor'),
  fc.stringMatching(/^[a-z][a-z0-9_-]{0,10}(\.[a-z0-9_-]{1,10}){0,2}$/),
  fc.string(),
);
const partitions = fc.integer({ min: 0, max: 31 });

it('the attributes that are keys of indexes are those of the table', () => {
  const template = readFileSync(new URL('../../../infra/resources/tables.yml', import.meta.url), 'utf8');
  const { Resources } = load(template) as { Resources: { Table: { Properties: CreateTableCommandInput } } };
  const indexes = Resources.Table.Properties.GlobalSecondaryIndexes ?? [];
  const names = new Set(indexes.flatMap(({ KeySchema = [] }) => KeySchema.map(({ AttributeName }) => AttributeName)));
  // A field of the records as well: their mapping writes it.
  names.delete('next_check_at');
  expect(new Set<string | undefined>(keys.INDEX_KEYS)).toEqual(names);
});

describe('the key of a list', () => {
  afterEach(() => {
    vi.doUnmock('../../schema/notification-types.ts');
    vi.resetModules();
  });

  it('is what rows are stored under since the first release', () => {
    const ofTypes = (kind: 'n' | 'e') => keys.listKeys('acme', kind, 1).map((key) => key.slice(`acme#${kind}#`.length));
    const expected = [
      ...['user.signup', 'payment.failed', 'payment.success', 'password.expiry', 'user.unsubscribe', 'custom'],
      ...['~0', '~1', '~2', '~3'],
    ];
    expect(ofTypes('n')).toEqual(expected);
    expect(ofTypes('e')).toEqual(expected);
    expect(keys.listKey('acme', 'n', 'custom')).toBe('acme#n#custom');
    expect(keys.listKey('acme', 'e', 'order.shipped')).toBe('acme#e#~2');
    expect(keys.listKey('acme', 'n', 'invoice.overdue')).toBe('acme#n#~3');
    expect(keys.entityKey('acme', 'u#1')).toBe('acme#n#u#1');
    expect(keys.sourceKey('acme', 'api')).toBe('acme#e#api');
    expect(keys.groupKey('acme', 'g#1')).toBe('acme#g#g#1');
    expect(keys.deadKey('acme', 'delivery')).toBe('acme#delivery');
    expect(keys.openShards(1)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(keys.openShard('ntf_1')).toBe(3);
  });

  it('stays the same whatever types become known, or are known no more', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(types, { maxLength: 8 }), types, async (known, type) => {
        vi.resetModules();
        vi.doMock('../../schema/notification-types.ts', () => ({ KNOWN_TYPES: [...known, type] }));
        const later = (await import('./keys.ts')) as typeof keys;
        expect(later.listKey('acme', 'n', type)).toBe(keys.listKey('acme', 'n', type));
        expect(later.listKeys('acme', 'e', 2)).toEqual(keys.listKeys('acme', 'e', 2));
      }),
      { numRuns: 25 },
    );
  });

  it('is among those that a list reads, of its type and of all, whatever the partition', () => {
    fc.assert(
      fc.property(tenants, types, partitions, fc.integer({ min: 1, max: 4 }), (tenant, type, partition, more) => {
        const key = keys.listKey(tenant, 'n', type, partition);
        expect(keys.listKeys(tenant, 'n', partition + more)).toContain(key);
        expect(keys.listKeys(tenant, 'n', partition + more, type)).toContain(key);
        expect(keys.listKeys(tenant, 'n', 1, type)).toHaveLength(1);
      }),
    );
  });
});

describe('keys', () => {
  it('of other tenants, kinds, partitions and sources never meet, and name their partition and entity', () => {
    const made = fc.record({
      tenant: tenants,
      partition: partitions,
      entity: fc.string({ minLength: 1 }),
      type: types,
    });
    const list = (of: { tenant: string; partition: number; type: string }) => [
      keys.listKey(of.tenant, 'n', of.type, of.partition),
      keys.listKey(of.tenant, 'e', of.type, of.partition),
      keys.endpointsKey(of.tenant),
    ];
    const entities = (of: { tenant: string; partition: number; entity: string }) => [
      keys.entityKey(of.tenant, of.entity),
      keys.sourceKey(of.tenant, of.entity, of.partition),
      keys.groupKey(of.tenant, of.entity, of.partition),
    ];
    fc.assert(
      fc.property(made, made, (a, b) => {
        expect(keys.partitionOf(list(a)[0])).toEqual(a.partition === 0 ? {} : { partition: a.partition });
        for (const key of entities(a)) expect(keys.splitEntityKey(key)).toEqual({ tenant: a.tenant, entity: a.entity });
        const isOtherList = a.tenant !== b.tenant || a.partition !== b.partition;
        if (isOtherList) expect(list(a).slice(0, 2)).not.toContainEqual(list(b)[0]);
        expect(new Set([...list(a), ...list({ ...a, partition: a.partition + 1 })]).size).toBe(5);
        if (a.tenant !== b.tenant || a.entity !== b.entity)
          for (const key of entities(a)) expect(entities(b)).not.toContain(key);
        expect(new Set(entities(a)).size).toBe(3);
      }),
    );
  });

  it('of one tenant’s dead letters differ by part and partition', () => {
    const parts = ['delivery', 'message', 'redriven'] as const;
    expect(new Set(parts.flatMap((part) => keys.deadKeys('acme', part, 32))).size).toBe(96);
  });
});

describe('the partition of an id', () => {
  it('is even, and so are the shards of the reconciler’s index in each', () => {
    const counts = new Map<number, number>();
    for (let index = 0; index < 32_000; index += 1) {
      const id = `ntf_${index}`;
      const shard = keys.openShard(id, keys.partitionFor(id, 4));
      counts.set(shard, (counts.get(shard) ?? 0) + 1);
    }
    expect([...counts.keys()].toSorted((a, b) => a - b)).toEqual(keys.openShards(4));
    // 1,000 each; five standard deviations.
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(160);
  });
});
