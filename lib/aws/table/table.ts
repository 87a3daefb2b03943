/**
 * Conditional writes on the one table. Every write carries a random `write_id`: a condition that fails but finds that id
 * is an SDK retry of our own success. Expired rows read as absent everywhere.
 */
import { setTimeout } from 'node:timers/promises';
import {
  type AttributeValue,
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandOutput,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Clock } from '../../platform/clock.ts';
import { random } from '../../platform/random.ts';
import type { Conflict, Written } from '../../store/item-store.ts';
import { inSpan, SpanKind } from '../../telemetry/tracing.ts';
import { decryptItem, encryptItem, type Keyring } from '../field-encryption/encrypt.ts';
import { unavailable } from '../unavailable.ts';
import { checkSize, itemBytes } from './item-size.ts';
import { type Answer, makePace, type Read, type ReadPorts, readInOrder } from './read-in-order.ts';

export type Item = Record<string, unknown> & { id: string };
type RawItem = Record<string, AttributeValue>;

export interface Condition {
  expression: string;
  names?: Record<string, string>;
  values?: Record<string, unknown>;
}

/** How a noun is kept: to and from the attributes of an item. */
export interface Mapping<T> {
  toItem(noun: T): Item;
  fromItem(item: Item): T;
  /** Attributes with personal data or secrets: encrypted where there is a keyring, so no update expression may use them. */
  encrypted?: readonly string[];
}

/** A member for an attribute that may be absent: absent stays absent, never `undefined`. */
export const optional = <K extends string, V>(key: K, value: unknown): { [P in K]?: V } =>
  (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };

const encode = (values: Record<string, unknown>): RawItem => marshall(values, { removeUndefinedValues: true });

const isConflict = (error: unknown): boolean => error instanceof ConditionalCheckFailedException;

const reached = async <T>(call: Promise<T>): Promise<T> => {
  try {
    return await call;
  } catch (error) {
    if (isConflict(error)) throw error;
    throw unavailable(error);
  }
};

export interface TableOptions {
  client: DynamoDBClient;
  tableName: string;
  clock: Clock;
  /** None: everything is stored as it is. */
  keyring?: (() => Promise<Keyring>) | undefined;
  /** Between calls that bring nothing. */
  sleep?: ReadPorts<Item>['sleep'];
  fraction?: ReadPorts<Item>['fraction'];
}

export const makeTable = (options: TableOptions) => {
  const { client, tableName: TableName, clock, sleep = setTimeout, fraction = random.fraction } = options;

  /**
   * Asked for before each call: without its keys a process neither writes what should be encrypted nor claims what it could not
   * read afterwards.
   */
  const keyring = async (): Promise<Keyring | undefined> => options.keyring?.();

  /** In a span by the semantic conventions for databases. A condition that fails is no error. */
  const reach = <T>(operation: string, call: Promise<T>): Promise<T> => {
    const attributes = {
      'db.system.name': 'aws.dynamodb',
      'db.operation.name': operation,
      'db.collection.name': TableName,
    };
    const span = { kind: SpanKind.CLIENT, attributes, isExpected: isConflict };
    return inSpan(`${operation} ${TableName}`, span, () => reached(call));
  };

  /** Business time in whole seconds: what is `<=` has expired. */
  const nowSeconds = (): number => Math.floor(clock.now() / 1000);

  const alive = (raw: RawItem | undefined, keys: Keyring | undefined): Item | undefined => {
    if (!raw) return undefined;
    const item = unmarshall(raw) as Item;
    const expired = typeof item.expires_at === 'number' && item.expires_at * 1000 <= clock.now();
    return expired ? undefined : decryptItem(keys ?? [], item);
  };

  const get = async (id: string): Promise<Item | undefined> => {
    const keys = await keyring();
    const call = client.send(new GetItemCommand({ TableName, Key: { id: { S: id } }, ConsistentRead: true }));
    return alive((await reach('GetItem', call)).Item, keys);
  };

  /** The item that broke a condition: in the error on AWS, by a read where the emulation leaves it out. */
  const conflicting = async (error: unknown, id: string): Promise<Item | undefined> => {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return error.Item ? alive(error.Item, await keyring()) : get(id);
  };

  const settle = async <T>(
    operation: string,
    write: Promise<T>,
    id: string,
    isOurs: (current: Item) => boolean,
  ): Promise<{ output: T } | { ours: Item } | { conflict: Item | undefined }> => {
    try {
      return { output: await reach(operation, write) };
    } catch (error) {
      const current = await conflicting(error, id);
      return current && isOurs(current) ? { ours: current } : { conflict: current };
    }
  };

  /** As it is stored: encrypted where there is a keyring. */
  const rawOf = async <T>(noun: T, mapping: Mapping<T>): Promise<{ item: Item; raw: RawItem }> => {
    const item = mapping.toItem(noun);
    const keys = await keyring();
    return { item, raw: encode(keys && mapping.encrypted ? encryptItem(keys, item, mapping.encrypted) : item) };
  };

  const put = async <T>(
    noun: T,
    mapping: Mapping<T>,
    condition: Condition,
    check?: (raw: RawItem) => void,
  ): Promise<Written<T> | Conflict<T>> => {
    const { item, raw } = await rawOf(noun, mapping);
    check?.(raw);
    const write = client.send(
      new PutItemCommand({
        TableName,
        Item: raw,
        ConditionExpression: condition.expression,
        ...(condition.names && { ExpressionAttributeNames: condition.names }),
        ...(condition.values && { ExpressionAttributeValues: encode(condition.values) }),
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    const settled = await settle('PutItem', write, item.id, (current) => current.write_id === item.write_id);
    if ('conflict' in settled) {
      return { written: false, current: settled.conflict && mapping.fromItem(settled.conflict) };
    }
    return { written: true, item: noun };
  };

  const batchGet = async (ids: string[]): Promise<Answer<Item>> => {
    const keys = await keyring();
    const request = { RequestItems: { [TableName]: { Keys: ids.map((id) => ({ id: { S: id } })) } } };
    const output = await reach('BatchGetItem', client.send(new BatchGetItemCommand(request)));
    const found = (output.Responses?.[TableName] ?? []).map((raw) => ({
      id: String(raw.id?.S),
      item: alive(raw, keys),
      bytes: itemBytes(raw),
    }));
    const left = output.UnprocessedKeys?.[TableName]?.Keys ?? [];
    return { found, left: new Set(left.map((key) => String(key.id?.S))) };
  };

  const pace = makePace();
  const read = (ids: readonly string[]): AsyncGenerator<Read<Item>> =>
    readInOrder(ids, { call: batchGet, sleep, fraction, pace });

  return {
    nowSeconds,
    get,

    /** Wins only where nothing, or something expired, is. Throws `payload-too-large` for what could not grow any more. */
    create: <T>(noun: T, mapping: Mapping<T>) => {
      const absent = { expression: 'attribute_not_exists(id) OR expires_at <= :now', values: { ':now': nowSeconds() } };
      return put(noun, mapping, absent, checkSize);
    },

    /** Rejects with `payload-too-large` what `create` would; nothing is written. */
    checkSize: async <T>(noun: T, mapping: Mapping<T>): Promise<void> => checkSize((await rawOf(noun, mapping)).raw),

    /** Wins only over the exact revision that was read. */
    replace: <T>(noun: T, mapping: Mapping<T>, expectedWriteId: string) =>
      put(noun, mapping, { expression: 'write_id = :expected', values: { ':expected': expectedWriteId } }),

    /** A blind conditional update. `isOurs` recognises an earlier success of this very call. */
    update: async <T>(
      id: string,
      update: string,
      condition: Condition,
      mapping: Mapping<T>,
      isOurs: (current: Item) => boolean,
    ): Promise<Written<T> | Conflict<T>> => {
      const keys = await keyring();
      const write = client.send(
        new UpdateItemCommand({
          TableName,
          Key: { id: { S: id } },
          UpdateExpression: update,
          ConditionExpression: condition.expression,
          ...(condition.names && { ExpressionAttributeNames: condition.names }),
          ...(condition.values && { ExpressionAttributeValues: encode(condition.values) }),
          ReturnValues: 'ALL_NEW',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
      const settled = await settle('UpdateItem', write, id, isOurs);
      if ('conflict' in settled) {
        return { written: false, current: settled.conflict && mapping.fromItem(settled.conflict) };
      }
      if ('ours' in settled) return { written: true, item: mapping.fromItem(settled.ours) };
      const item = decryptItem(keys ?? [], unmarshall(settled.output.Attributes ?? {}) as Item);
      return { written: true, item: mapping.fromItem(item) };
    },

    /**
     * Sets one plain attribute while it still has the value that was read. The item is not read, so
     * it need not be readable.
     */
    move: async (id: string, name: string, from: number, to: number): Promise<boolean> => {
      const write = client.send(
        new UpdateItemCommand({
          TableName,
          Key: { id: { S: id } },
          UpdateExpression: 'SET #name = :to',
          ConditionExpression: '#name = :from',
          ExpressionAttributeNames: { '#name': name },
          ExpressionAttributeValues: encode({ ':from': from, ':to': to }),
        }),
      );
      try {
        await reach('UpdateItem', write);
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    },

    /** One page of an index's keys. `range` is a key condition on the sort key with its values. */
    keys: async (query: {
      index: string;
      hash: { name: string; value: string | number };
      range?: { expression: string; name: string; values: Record<string, unknown> };
      limit: number;
      newestFirst: boolean;
    }): Promise<Item[]> => {
      const { hash, range } = query;
      const found: Item[] = [];
      let from: RawItem | undefined;
      // AWS counts what an index projects against its 1 MB a call; DynamoDB Local counts whole
      // items, and ends early.
      do {
        const call: Promise<QueryCommandOutput> = client.send(
          new QueryCommand({
            TableName,
            IndexName: query.index,
            KeyConditionExpression: range ? `#hash = :hash AND ${range.expression}` : '#hash = :hash',
            ExpressionAttributeNames: { '#hash': hash.name, ...(range && { '#range': range.name }) },
            ExpressionAttributeValues: encode({ ':hash': hash.value, ...range?.values }),
            Limit: query.limit - found.length,
            ...(from && { ExclusiveStartKey: from }),
            ScanIndexForward: !query.newestFirst,
          }),
        );
        const page = await reach('Query', call);
        found.push(...(page.Items ?? []).map((raw) => unmarshall(raw) as Item));
        from = page.LastEvaluatedKey;
      } while (from && found.length < query.limit);
      return found;
    },

    /** How many entries one partition of an index has; what is beyond `max` is not counted. An index trails the items a little. */
    count: async (query: { index: string; hash: { name: string; value: string }; max: number }): Promise<number> => {
      const call = client.send(
        new QueryCommand({
          TableName,
          IndexName: query.index,
          KeyConditionExpression: '#hash = :hash',
          ExpressionAttributeNames: { '#hash': query.hash.name },
          ExpressionAttributeValues: encode({ ':hash': query.hash.value }),
          Select: 'COUNT',
          Limit: query.max,
        }),
      );
      return (await reach('Query', call)).Count ?? 0;
    },

    /**
     * What is there of `ids`, in their order, read as it is taken; without the item where that has
     * expired.
     */
    read,

    /** The living items among `ids`, in their order, all at once: for few or small ones. */
    getAll: async (ids: string[]): Promise<Item[]> => {
      const items: Item[] = [];
      for await (const { item } of read(ids)) if (item) items.push(item);
      return items;
    },
  };
};

export type Table = ReturnType<typeof makeTable>;
