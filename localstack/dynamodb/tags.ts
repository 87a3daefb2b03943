import type { Store } from './dynalite.ts';
import { rangeOf, tagPrefix, writeBatch } from './key-range.ts';
import { exception, refusal } from './refusal.ts';
import type { Operations, Runner } from './run.ts';
import { readTable } from './table-record.ts';

export interface Tag {
  Key: string;
  Value: string;
}

/** DynamoDB quota per table. */
const TAGS_MAX = 50;

const tagsOf = async (store: Store, table: string): Promise<Tag[]> => {
  const prefix = tagPrefix(table);
  const tags: Tag[] = [];
  for await (const key of store.db.keys(rangeOf(prefix)))
    tags.push({ Key: key.slice(prefix.length), Value: String(store.db.getSync(key)) });
  return tags;
};

export const checkTagCount = (tags: Tag[]): void => {
  if (new Set(tags.map(({ Key }) => Key)).size > TAGS_MAX) throw refusal(`A table has at most ${TAGS_MAX} tags`);
};

export const putTags = (store: Store, table: string, tags: Tag[]): Promise<void> =>
  writeBatch(
    store,
    tags.map(({ Key, Value }) => ({ type: 'put', key: tagPrefix(table) + Key, value: Value })),
  );

/** The table of an ARN, whose region may be any. */
const tableOf = async (store: Store, arn: unknown): Promise<string> => {
  const name = String(arn).split('/').pop() ?? '';
  await readTable(store, name).catch((error) => {
    if (!error.statusCode) throw error;
    throw exception('ResourceNotFoundException', `Requested resource not found: ResourcArn: ${arn} not found`);
  });
  return name;
};

/** dynalite lists tags by a scan of the whole database, and accepts any number. */
export const makeTagOperations = (store: Store, { check, execute, run }: Runner): Operations => ({
  TagResource: async (request) => {
    const checked = check('TagResource', request);
    const table = await tableOf(store, checked.ResourceArn);
    checkTagCount([...(await tagsOf(store, table)), ...(checked.Tags as Tag[])]);
    await execute('TagResource', checked);
    return undefined;
  },
  UntagResource: async (request) => {
    await run('UntagResource', request);
    return undefined;
  },
  ListTagsOfResource: async (request) => {
    const { ResourceArn } = check('ListTagsOfResource', request);
    return { Tags: await tagsOf(store, await tableOf(store, ResourceArn)) };
  },
});
