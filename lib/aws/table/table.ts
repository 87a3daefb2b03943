/**
 * Conditional writes on the one table. Every write carries a random `write_id`: a condition that
 * fails but finds that id is an SDK retry of our own success. Expired rows read as absent
 * everywhere.
 */
import { setTimeout } from 'node:timers/promises';
import {
  BatchGetItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Clock } from '../../platform/clock.ts';
import { random } from '../../platform/random.ts';
import type { Conflict, Written } from '../../store/item-store.ts';
import { decryptItem, encryptItem, type Keyring } from '../field-encryption/encrypt.ts';
import { encode, type Item, isConflict, makeReach, type RawItem } from './call.ts';
import { makeIndexQueries } from './index-queries.ts';
import { checkSize, itemBytes } from './item-size.ts';
import { type Answer, makePace, type Read, type ReadPorts, readInOrder } from './read-in-order.ts';

export type { Item } from './call.ts';

export interface Condition {
  expression: string;
  names?: Record<string, string>;
  values?: Record<string, unknown>;
}

/** How a noun is kept: to and from the attributes of an item. */
export interface Mapping<T> {
  toItem(noun: T): Item;
  fromItem(item: Item): T;
  /**
   * Attributes with personal data or secrets: encrypted where there is a keyring, so no update
   * expression may use them.
   */
  encrypted?: readonly string[];
}

/** A member for an attribute that may be absent: absent stays absent, never `undefined`. */
export const optional = <K extends string, V>(key: K, value: unknown): { [P in K]?: V } =>
  (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };

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
  const reach = makeReach(TableName);

  /**
   * Asked for before each call: without its keys a process neither writes what should be encrypted
   * nor claims what it could not read afterwards.
   */
  const keyring = async (): Promise<Keyring | undefined> => options.keyring?.();

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
    if (!isConflict(error)) throw error;
    return error.Item ? alive(error.Item, await keyring()) : get(id);
  };

  /**
   * What a conditional write stored, or what was in its way. A condition that our own earlier
   * success broke is a success.
   */
  const settle = async <T>(
    write: Promise<T>,
    id: string,
    mapping: Mapping<T>,
    isOurs: (current: Item) => boolean,
  ): Promise<Written<T> | Conflict<T>> => {
    try {
      return { written: true, item: await write };
    } catch (error) {
      const current = await conflicting(error, id);
      const item = current && mapping.fromItem(current);
      return current && item && isOurs(current) ? { written: true, item } : { written: false, current: item };
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
    const stored = reach('PutItem', write).then(() => noun);
    return settle(stored, item.id, mapping, (current) => current.write_id === item.write_id);
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

    /**
     * Wins only where nothing, or something expired, is. Throws `payload-too-large` for what could
     * not grow any more.
     */
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
      const stored = reach('UpdateItem', write).then(({ Attributes = {} }) =>
        mapping.fromItem(decryptItem(keys ?? [], unmarshall(Attributes) as Item)),
      );
      return settle(stored, id, mapping, isOurs);
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
        if (isConflict(error)) return false;
        throw error;
      }
    },

    ...makeIndexQueries({ client, tableName: TableName, reach }),

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
