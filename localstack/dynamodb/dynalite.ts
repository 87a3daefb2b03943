import { createRequire } from 'node:module';

/**
 * Mends: dynalite's HTTP server ends the process at an aborted request and at unexpected errors.
 * Why: one client that disconnects would stop the local AWS. So the actions are called directly.
 * Relies on: dynalite/db, dynalite/actions/* and dynalite/validations/*, in the shapes below.
 */
export type Callback<T = unknown> = (error?: DynaliteError | null, result?: T) => void;

/** With a `statusCode` it is an answer to the caller, without it a fault. */
export interface DynaliteError extends Error {
  statusCode?: number;
  body?: { __type: string; message?: string; Message?: string; Item?: Item };
}

export type Item = Record<string, Record<string, unknown>>;

interface KeySchema {
  KeySchema: { AttributeName: string }[];
}

export interface Index extends KeySchema {
  IndexName: string;
  Projection: { ProjectionType: string; NonKeyAttributes?: string[] };
  IndexStatus?: string;
  IndexArn?: string;
  ItemCount?: number;
  WarmThroughput?: Record<string, unknown>;
}

export interface Table extends KeySchema {
  TableName: string;
  TableStatus: string;
  TableArn: string;
  AttributeDefinitions: { AttributeName: string; AttributeType: string }[];
  LocalSecondaryIndexes?: Index[];
  GlobalSecondaryIndexes?: Index[];
  // dynalite stores and answers these, and does not use them.
  DeletionProtectionEnabled?: boolean;
  TableClassSummary?: object;
  SSEDescription?: object;
  OnDemandThroughput?: object;
  WarmThroughput?: object;
}

export type Operation = { type: 'put'; key: string; value: unknown } | { type: 'del'; key: string };

export interface LevelIterator<T> extends AsyncIterable<T> {
  close(): Promise<void>;
}

export interface LevelRange {
  gte: string;
  lt: string;
  limit?: number;
}

export interface Level {
  open(options?: { blockSize: number }): Promise<void>;
  close(): Promise<void>;
  getSync(key: string): unknown;
  keys(range: LevelRange): LevelIterator<string>;
  values(range: LevelRange): LevelIterator<unknown>;
  batch(operations: Operation[], callback: Callback): void;
}

type Release = (callback: Callback) => Callback;

export interface SubDb {
  lock(key: string, work: (release: Release) => void): void;
  put(key: string, value: unknown, callback: Callback): void;
  get(key: string, callback: Callback): void;
  del(key: string, callback: Callback): void;
  batch(operations: Operation[], callback: Callback): void;
}

export interface Store {
  db: Level;
  tableDb: SubDb & { awsRegion: string; awsAccountId: string };
  getItemDb(table: string): SubDb;
  /** With `checkStatus` (default) a table that is being created or deleted is not found. */
  getTable(name: string, checkStatus: boolean | Callback<Table>, callback?: Callback<Table>): void;
  lifecycleManager: { gracefulClose(callback: Callback): void };
}

interface DbModule {
  create(options: Record<string, unknown>): Store;
  /** By the keys of the table, or by those given. */
  createKey(item: Item, table: Table, keys?: KeySchema['KeySchema']): string;
  /** Rows of indexes as dynalite makes them; only tests use it. */
  getIndexActions(
    indexes: Index[],
    before: Item | null,
    after: Item,
    table: Table,
  ): { puts: { key: string; item: Item }[] };
  createIndexKey(item: Item, table: Table, keys: KeySchema['KeySchema']): string;
  /** The error of a condition that fails. */
  checkConditional(request: Record<string, unknown>, item: Item | undefined): DynaliteError | null | undefined;
  updateIndexes(
    store: Store,
    table: Table,
    before: Item | null | undefined,
    after: Item | null | undefined,
    callback: Callback,
  ): void;
}

export type Action = (store: Store, request: Record<string, unknown>, callback: Callback) => void;

/** A member's type with the rules for its values. */
export type Constraints = { type?: string; children?: unknown; notNull?: boolean } & Record<string, unknown>;
export type Members = Record<string, string | Constraints>;
interface Validation {
  types: Members;
  /** Rules over several members: the message of the one that fails. */
  custom?: (request: Record<string, unknown>, store: Store) => string | undefined;
}

interface Validations {
  toLowerFirst(name: string): string;
  checkTypes(request: unknown, types: Members): Record<string, unknown>;
  checkValidations(request: unknown, types: Members, custom: Validation['custom'], store: Store): void;
}

/** What an expression may use, and what of it no expression of the request has used yet. */
export interface ExpressionContext {
  attrNames?: Record<string, string>;
  attrVals?: Record<string, object>;
  unusedAttrNames: Record<string, true>;
  unusedAttrVals: Record<string, true>;
  isKeyCondition?: boolean;
}

export interface Parser {
  /** A text where the expression is wrong. Throws for a syntax error. */
  parse(expression: string, options: { context: ExpressionContext }): unknown;
}

const require = createRequire(import.meta.url);

export const dbModule = require('dynalite/db') as DbModule;
export const validations = require('dynalite/validations') as Validations;

export const parsers = ['condition', 'update', 'projection'].map(
  (kind) => require(`dynalite/db/${kind}Parser`) as Parser,
);

export const operations = [
  'BatchGetItem BatchWriteItem CreateTable DeleteItem DeleteTable DescribeTable GetItem ListTables',
  'PutItem Query Scan TagResource UntagResource ListTagsOfResource UpdateItem UpdateTable',
].flatMap((line) => line.split(' '));

export const actions = new Map(
  operations.map((operation) => {
    const name = validations.toLowerFirst(operation);
    const run = require(`dynalite/actions/${name}`) as Action;
    const validation = require(`dynalite/validations/${name}`) as Validation;
    return [operation, { run, validation }] as const;
  }),
);
