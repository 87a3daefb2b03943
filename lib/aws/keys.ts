/** The keys of the indexes, in one place: infra/resources/tables.yml says what each is for. */
import { KNOWN_TYPES } from '../events/known-types.ts';
import { makeSlots } from '../position.ts';
import { hash32 } from '../random.ts';

/** Shards of the reconciler's index: one partition would be a ceiling of 1,000 writes a second. */
export const OPEN_SHARDS = 8;

const slots = makeSlots(KNOWN_TYPES);
type Kind = 'n' | 'e';

export const openShard = (id: string): number => hash32(id) % OPEN_SHARDS;
export const listKey = (tenant: string, kind: Kind, type: string): string => `${tenant}#${kind}#${slots.slotOf(type)}`;
export const listKeys = (tenant: string, kind: Kind, type?: string): string[] =>
  type === undefined ? slots.all.map((slot) => `${tenant}#${kind}#${slot}`) : [listKey(tenant, kind, type)];
/** A tenant has few endpoints, and they change seldom: one partition. */
export const endpointsKey = (tenant: string): string => `${tenant}#w`;
export const entityKey = (tenant: string, kind: Kind, entity: string): string => `${tenant}#${kind}#${entity}`;

/** tenant and entity out of `<tenant>#<kind>#<entity>`; an entity may hold any character, a tenant no `#`. */
export const splitEntityKey = (key: string): { tenant: string; entity: string } => {
  const first = key.indexOf('#');
  const second = key.indexOf('#', first + 1);
  return { tenant: key.slice(0, first), entity: key.slice(second + 1) };
};
