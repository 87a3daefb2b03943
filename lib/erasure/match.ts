/** Whether a record is about a person: the same address, number, URL or entity, after normalising. Pure. */
import { type AddressOptions, WORD } from '../channels/declaration.ts';
import type { RawMessage } from '../dead-letters/dead-letter.ts';
import type { Event } from '../events/event.ts';
import { channelEntries } from '../notifications/channel-record.ts';
import { type Notification, notificationFields } from '../notifications/notification.ts';
import type { Schedule } from '../schedules/schedule.ts';
import { digitsOf, isNumber } from '../schema/exact-number.ts';
import { ENTITY_MEMBERS } from '../schema/notification-types.ts';
import { personalInput } from '../store/fields.ts';
import { type Person, ruleOf } from './erasure-job.ts';

export interface Matcher {
  /** The text is the very value, whatever its spelling, or an address is part of it. */
  names(text: string): boolean;
  notification(item: Notification): boolean;
  event(event: Event): boolean;
  schedule(schedule: Schedule): boolean;
  /** An unreadable message: the value occurs in it. */
  message(message: RawMessage): boolean;
}

/**
 * Every text, number and name of a member in a JSON value, however deep; by its own stack, as depth
 * must cost no calls.
 */
function* leavesOf(root: unknown): Generator<string> {
  const waiting = [root];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value === 'string') yield value;
    else if (isNumber(value)) yield digitsOf(value);
    else if (typeof value === 'object' && value !== null) {
      if (!Array.isArray(value)) yield* Object.keys(value);
      for (const inner of Object.values(value)) waiting.push(inner);
    }
  }
}

/** The members by which rules name the entity. Anywhere else, an entity's id may be any word or number. */
const entitiesOf = ({ payload }: Event): string[] =>
  ENTITY_MEMBERS.flatMap((name) => {
    const id = Object.hasOwn(payload, name) ? payload[name] : undefined;
    if (isNumber(id)) return [digitsOf(id)];
    return typeof id === 'string' ? [id] : [];
  });

const AFTER = /^(?:[\w-]|\.\w)/;

/** Occurs by itself, not as a part of a longer word, address or number. */
const occursIn = (text: string, value: string, before: RegExp): boolean => {
  for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1)) {
    const end = at + value.length;
    if (!before.test(text.slice(Math.max(0, at - 1), at)) && !AFTER.test(text.slice(end, end + 2))) return true;
  }
  return false;
};

export const makeMatcher = (person: Person, options: AddressOptions): Matcher => {
  const { matcher, within = (key) => [key], notAfter = WORD } = ruleOf(person.by);
  const isValue = matcher(person.value, options);
  const written = within(person.value.toLowerCase());

  const inPayload = (event: Event): boolean => {
    if (person.by === 'entity_id') return entitiesOf(event).some(isValue);
    for (const leaf of leavesOf([event.payload, event.extensions, event.sourceId])) if (isValue(leaf)) return true;
    return false;
  };

  /** A recipient; or a whole text or template value that is the address. */
  const isTo = (item: Notification): boolean => {
    if (channelEntries(item).some(([, channel]) => isValue(channel.to))) return true;
    for (const leaf of leavesOf(personalInput(notificationFields, item))) if (isValue(leaf)) return true;
    return false;
  };

  const holds = (text: string): boolean => {
    const searched = text.toLowerCase();
    return written.some((address) => occursIn(searched, address, notAfter));
  };

  return {
    // An entity's id may be any number: in a longer text it is another's.
    names: (text) => isValue(text) || (person.by !== 'entity_id' && holds(text)),
    // A group has names of its own: order 42 is not about user 42.
    notification: (item) =>
      isValue(item.entityId) ||
      (person.by !== 'entity_id' && ((item.group !== undefined && isValue(item.group)) || isTo(item))),
    // An event that names no entity is about its subject, else about itself (rule.ts).
    event: (event) => inPayload(event) || (event.subject !== undefined && isValue(event.subject)) || isValue(event.id),
    schedule: ({ content }) => {
      if (!content) return false;
      if (person.by === 'entity_id') return isValue(content.entity_id);
      for (const leaf of leavesOf(content)) if (isValue(leaf)) return true;
      return false;
    },
    message: ({ body }) => body !== undefined && holds(body),
  };
};
