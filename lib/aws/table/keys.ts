/** The keys of the indexes, in one place: infra/resources/tables.yml says what each is for. */
import { hash32 } from '../../platform/random.ts';

/** The attributes that are keys of indexes (infra/resources/tables.yml). A record has some of them. */
export const INDEX_KEYS = [
  ...(['list_key', 'entity_key', 'group_key', 'position'] as const),
  ...(['open_shard', 'dead_key', 'dead_position'] as const),
] as const;

/**
 * Stored rows carry these names in their keys: the list must never change. A type that becomes known later
 * gets no key of its own; its rows stay under the hashed keys, where they have always been.
 */
const TYPES_WITH_KEY: ReadonlySet<string> = new Set([
  'user.signup',
  'payment.failed',
  'payment.success',
  'password.expiry',
  'user.unsubscribe',
  'custom',
]);
/** Shared by all other types; as fixed as the list above. */
const HASHED_KEYS = 4;
const typeKeys = [...TYPES_WITH_KEY, ...Array.from({ length: HASHED_KEYS }, (_, index) => `~${index}`)];
const typeKey = (type: string): string => (TYPES_WITH_KEY.has(type) ? type : `~${hash32(type) % HASHED_KEYS}`);

/** Shards of the reconciler's index for each partition of a list; fixed, as stored rows are found by it. */
export const OPEN_SHARDS = 8;

type Kind = 'n' | 'e';
type Group = 'g';
type Dead = 'delivery' | 'message' | 'redriven';

const numbersBelow = (count: number): number[] => Array.from({ length: count }, (_, number) => number);

/**
 * `<tenant>#<kind>`, with its number from the second partition on. A tenant holds no `#`, a kind no
 * digit: no two keys meet.
 */
const head = (tenant: string, kind: Kind | Group | Dead, partition = 0): string =>
  `${tenant}#${kind}${partition || ''}`;

/** The partition that a key names; absent for the first. */
export const partitionOf = (key: unknown): { partition?: number } => {
  const number = /^[^#]*#[a-z]+(\d+)/.exec(String(key))?.[1];
  return number === undefined ? {} : { partition: Number(number) };
};

/**
 * Even, and independent of the id's shard of the reconciler's index: that is made of the lowest
 * three bits.
 */
export const partitionFor = (id: string, partitions: number): number => (hash32(id) >>> 3) % partitions;

export const listKey = (tenant: string, kind: Kind, type: string, partition?: number): string =>
  `${head(tenant, kind, partition)}#${typeKey(type)}`;
export const listKeys = (tenant: string, kind: Kind, partitions: number, type?: string): string[] => {
  const ofTypes = type === undefined ? typeKeys : [typeKey(type)];
  return numbersBelow(partitions).flatMap((partition) =>
    ofTypes.map((key) => `${head(tenant, kind, partition)}#${key}`),
  );
};

/** An entity is one partition: few notifications a second are about one. */
export const entityKey = (tenant: string, entity: string): string => `${head(tenant, 'n')}#${entity}`;
/** A source may be all that a tenant publishes, so it has as many partitions as a list. */
export const sourceKey = (tenant: string, source: string, partition?: number): string =>
  `${head(tenant, 'e', partition)}#${source}`;
export const sourceKeys = (tenant: string, source: string, partitions: number): string[] =>
  numbersBelow(partitions).map((partition) => sourceKey(tenant, source, partition));

/** A group may be a campaign of all that a tenant sends, so it has as many partitions as a list. */
export const groupKey = (tenant: string, group: string, partition?: number): string =>
  `${head(tenant, 'g', partition)}#${group}`;
export const groupKeys = (tenant: string, group: string, partitions: number): string[] =>
  numbersBelow(partitions).map((partition) => groupKey(tenant, group, partition));

/** A raw message moves to `redriven` when it is resent: listed, but not taken again. */
export const deadKey = (tenant: string, part: Dead, partition?: number): string => head(tenant, part, partition);
export const deadKeys = (tenant: string, part: Dead, partitions: number): string[] =>
  numbersBelow(partitions).map((partition) => deadKey(tenant, part, partition));

export const openShard = (id: string, partition = 0): number => partition * OPEN_SHARDS + (hash32(id) % OPEN_SHARDS);
export const openShards = (partitions: number): number[] => numbersBelow(partitions * OPEN_SHARDS);

/** A tenant has few endpoints, and they change rarely: one partition. */
export const endpointsKey = (tenant: string): string => `${tenant}#w`;

/** A tenant orders few jobs: one partition for all kinds. */
export const jobsKey = (tenant: string): string => `${tenant}#j`;

/** As endpoints; what has ended is apart, since only the others are counted. */
export const schedulesKey = (tenant: string, hasEnded: boolean): string => `${tenant}#s${hasEnded ? '-ended' : ''}`;

/** Of the same index, beyond those of any number of partitions: no pass over the others sees them. */
const FIRST_SCHEDULE_SHARD = 1_024;
const SCHEDULE_SHARDS = 4;
export const scheduleShard = (id: string): number => FIRST_SCHEDULE_SHARD + (hash32(id) % SCHEDULE_SHARDS);
export const scheduleShards: readonly number[] = /* @__PURE__ */ numbersBelow(SCHEDULE_SHARDS).map(
  (number) => FIRST_SCHEDULE_SHARD + number,
);

/** Tenant and entity, source or group of `<tenant>#<kind>#<entity>`; an entity may hold any character. */
export const splitEntityKey = (key: string): { tenant: string; entity: string } => {
  const first = key.indexOf('#');
  const second = key.indexOf('#', first + 1);
  return { tenant: key.slice(0, first), entity: key.slice(second + 1) };
};
