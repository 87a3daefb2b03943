import { isRecord } from '../http/is-record.ts';
import type { Constraints, Members } from './dynalite.ts';
import { refusal } from './refusal.ts';

/**
 * The structures to which the constraints of the members apply: the value, or each of its entries.
 */
const structuresOf = ({ type = '' }: Constraints, value: unknown): unknown[] => {
  if (Array.isArray(value)) return value.flat();
  if (isRecord(value) && type.startsWith('Map')) return Object.values(value).flat();
  return [value];
};

/**
 * The members of the structure, or of the items of a list or map; undefined for attribute values.
 */
const membersOf = (children: unknown): Members | undefined => {
  if (!isRecord(children)) return undefined;
  const isConstraints = typeof children.type === 'string';
  return isConstraints ? membersOf(children.children) : (children as Members);
};

const unknownMember = (value: unknown, members: Members, path: string): string | undefined => {
  if (!isRecord(value)) return undefined;
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined || member === null) continue;
    const constraints = Object.hasOwn(members, name) ? members[name] : undefined;
    if (constraints === undefined) return `${path}${name}`;
    const inner = typeof constraints === 'object' ? membersOf(constraints.children) : undefined;
    if (!inner || typeof constraints !== 'object') continue;
    for (const structure of structuresOf(constraints, member)) {
      const found = unknownMember(structure, inner, `${path}${name}.`);
      if (found !== undefined) return found;
    }
  }
  return undefined;
};

/**
 * dynalite drops members that it does not know; the caller would believe that they had an effect.
 * @throws ValidationException that names the member
 */
export const refuseUnknownMembers = (request: Record<string, unknown>, members: Members): void => {
  const path = unknownMember(request, members, '');
  if (path !== undefined) throw refusal(`${path} is not supported by the embedded DynamoDB`);
};
