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
import { unknownOf, withUnknown } from '../../store/unknown-attributes.ts';
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
   * Every attribute that a record of this kind may have. All others are another release's: they are
   * kept as they are stored. Left out where records are written by update expressions alone.
   */
  attributes?: ReadonlySet<string>;
  /**
   * Attributes with personal data or secrets: encrypted where there is a keyring, so no update
   * expression may use them.
   */
  encrypted?: readonly string[];
}

/** How the record with an id is kept, by its prefix; undefined for what only another release knows. */
export type MappingOf<T> = (id: string) => Mapping<T> | undefined;

export const withPrefix =
  <T>(prefix: string, mapping: Mapping<T>): MappingOf<T> =>
  (id) =>
    id.startsWith(prefix) ? mapping : undefined;

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
  sleep?: ReadPorts<unknown>['sleep'];
  fraction?: ReadPorts<unknown>['fraction'];
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

  const isExpired = ({ expires_at }: RawItem): boolean =>
    expires_at?.N !== undefined && Number(expires_at.N) * 1000 <= clock.now();
  const alive = (raw: RawItem | undefined): RawItem | undefined => (raw && isExpired(raw) ? undefined : raw);

  /** The noun, with the attributes that it does not know as they are stored. */
  const open = <T>(raw: RawItem, { attributes, encrypted = [], fromItem }: Mapping<T>, keys?: Keyring): T => {
    const unknown = attributes && Object.entries(raw).filter(([name]) => !attributes.has(name));
    const noun = fromItem(decryptItem(keys ?? [], unmarshall(raw) as Item, encrypted));
    return unknown?.length ? withUnknown(noun, Object.fromEntries(unknown)) : noun;
  };

  const getRaw = async (id: string): Promise<RawItem | undefined> => {
    const call = client.send(new GetItemCommand({ TableName, Key: { id: { S: id } }, ConsistentRead: true }));
    return alive((await reach('GetItem', call)).Item);
  };

  const get = async <T>(id: string, mapping: Mapping<T>): Promise<T | undefined> => {
    const keys = await keyring();
    const raw = await getRaw(id);
    return raw && open(raw, mapping, keys);
  };

  /** The item that broke a condition: in the error on AWS, by a read where the emulation leaves it out. */
  const conflicting = async (error: unknown, id: string): Promise<RawItem | undefined> => {
    if (!isConflict(error)) throw error;
    return error.Item ? alive(error.Item) : getRaw(id);
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
      if (!current) return { written: false, current };
      const item = open(current, mapping, await keyring());
      return isOurs(unmarshall(current) as Item) ? { written: true, item } : { written: false, current: item };
    }
  };

  /** As it is stored: encrypted where there is a keyring. */
  const rawOf = async <T>(noun: T, mapping: Mapping<T>): Promise<{ item: Item; raw: RawItem }> => {
    const item = mapping.toItem(noun);
    const keys = await keyring();
    const known = encode(keys && mapping.encrypted ? encryptItem(keys, item, mapping.encrypted) : item);
    return { item, raw: { ...(unknownOf(noun) as RawItem | undefined), ...known } };
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

  const batchGet = async <T>(ids: string[], mappingOf: MappingOf<T>): Promise<Answer<T>> => {
    const keys = await keyring();
    const request = { RequestItems: { [TableName]: { Keys: ids.map((id) => ({ id: { S: id } })) } } };
    const output = await reach('BatchGetItem', client.send(new BatchGetItemCommand(request)));
    const found = (output.Responses?.[TableName] ?? []).map((raw) => {
      const id = String(raw.id?.S);
      const mapping = mappingOf(id);
      const item = mapping && alive(raw) ? open(raw, mapping, keys) : undefined;
      return { id, item, bytes: itemBytes(raw) };
    });
    const left = output.UnprocessedKeys?.[TableName]?.Keys ?? [];
    return { found, left: new Set(left.map((key) => String(key.id?.S))) };
  };

  const pace = makePace();
  const read = <T>(ids: readonly string[], mappingOf: MappingOf<T>): AsyncGenerator<Read<T>> =>
    readInOrder(ids, { call: (asked) => batchGet(asked, mappingOf), sleep, fraction, pace });

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
      const stored = reach('UpdateItem', write).then(({ Attributes = {} }) => open(Attributes, mapping, keys));
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
     * expired, or is of a kind that only another release knows.
     */
    read,

    /** The living items among `ids`, in their order, all at once: for few or small ones. */
    getAll: async <T>(ids: string[], mapping: Mapping<T>): Promise<T[]> => {
      const items: T[] = [];
      for await (const { item } of read(ids, () => mapping)) if (item !== undefined) items.push(item);
      return items;
    },
  };
};

export type Table = ReturnType<typeof makeTable>;
