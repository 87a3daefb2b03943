import {
  type DynamoDBClient,
  ListTagsOfResourceCommand,
  type Tag,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-dynamodb';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTable, useDynamoDb } from './dynamodb.testing.ts';

const dynamodb = useDynamoDb();
let client: DynamoDBClient;
let tables = 0;
let ResourceArn: string | undefined;
beforeAll(async () => {
  client = dynamodb.client;
});
beforeEach(async () => {
  tables += 1;
  const Tags = [{ Key: 'from', Value: 'creation' }];
  const created = await createTable(client, `table-${tables}`, { Tags });
  ResourceArn = created.TableDescription?.TableArn;
});

const list = async () => (await client.send(new ListTagsOfResourceCommand({ ResourceArn }))).Tags;
const tag = (Tags: Tag[]) => client.send(new TagResourceCommand({ ResourceArn, Tags }));
const many = (count: number) => Array.from({ length: count }, (_, n) => ({ Key: `key-${n}`, Value: 'v' }));

describe('the tags of a table', () => {
  it('are given at its creation, added, replaced, removed and listed', async () => {
    expect(await list()).toEqual([{ Key: 'from', Value: 'creation' }]);
    await tag([
      { Key: 'from', Value: 'later' },
      { Key: '名前', Value: '' },
    ]);
    expect(await list()).toEqual([
      { Key: 'from', Value: 'later' },
      { Key: '名前', Value: '' },
    ]);
    await client.send(new UntagResourceCommand({ ResourceArn, TagKeys: ['from', 'unknown'] }));
    expect(await list()).toEqual([{ Key: '名前', Value: '' }]);
  });

  it('are at most 50', async () => {
    await expect(tag(many(50))).rejects.toMatchObject({ name: 'ValidationException' });
    expect(await list()).toHaveLength(1);
    await tag(many(49));
    expect(await list()).toHaveLength(50);
    await tag(many(49));
    const created = createTable(client, 'too-many', { Tags: many(51) });
    await expect(created).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it.each([
    ['no key', { Value: 'v' }, 'tags.1.member.key'],
    ['a key of 129 characters', { Key: 'k'.repeat(129), Value: 'v' }, 'tags.1.member.key'],
    ['no value', { Key: 'k' }, 'tags.1.member.value'],
    ['a value of 257 characters', { Key: 'k', Value: 'v'.repeat(257) }, 'tags.1.member.value'],
  ])('have a key and a value: %s is refused', async (_, wrong, member) => {
    await expect(tag([wrong as Tag])).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining(`at '${member}' failed to satisfy constraint`),
    });
  });

  it('of a missing table are refused with ResourceNotFoundException', async () => {
    ResourceArn = `${ResourceArn}-gone`;
    const gone = { name: 'ResourceNotFoundException' };
    await expect(list()).rejects.toMatchObject(gone);
    await expect(tag(many(1))).rejects.toMatchObject(gone);
    await expect(client.send(new UntagResourceCommand({ ResourceArn, TagKeys: ['k'] }))).rejects.toMatchObject(gone);
  });
});
