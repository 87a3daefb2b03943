/** Whether a record is about a person: the same address, number, URL or entity, after normalising. Pure. */
import { domainToUnicode } from 'node:url';
import type { RawMessage } from '../dead-letters/dead-letter.ts';
import type { Event } from '../events/event.ts';
import { channelEntries } from '../notifications/channel-record.ts';
import { type Notification, notificationFields } from '../notifications/notification.ts';
import { possiblePhone } from '../notifications/recipient.ts';
import { asciiAddress } from '../schema/email-address.ts';
import { digitsOf, isNumber } from '../schema/exact-number.ts';
import { ENTITY_MEMBERS } from '../schema/notification-types.ts';
import { personalInput } from '../store/fields.ts';
import type { Person } from './erasure-job.ts';

export interface Matcher {
  /** The text is the very value, whatever its spelling, or an address is part of it. */
  names(text: string): boolean;
  notification(item: Notification): boolean;
  event(event: Event): boolean;
  /** A message that nobody could read: the value occurs in it. */
  message(message: RawMessage): boolean;
}

/** The last digits are the same in every spelling of a number: reading all texts of all payloads as numbers would be slow. */
const TAIL_DIGITS = 6;
const NUMBER_MAX = 64;

/** Longer texts are none of these: a payload may hold 256 KB of them. */
const TEXT_MAX = 4_096;

const spellings: Record<Person['by'], (value: string, country: string) => (text: string) => boolean> = {
  email: (value) => (text) => text.length <= TEXT_MAX && (asciiAddress(text) ?? text).toLowerCase() === value,
  phone: (value, country) => {
    const tail = value.slice(-TAIL_DIGITS);
    return (text) =>
      text.length <= NUMBER_MAX && text.replace(/\D/g, '').endsWith(tail) && possiblePhone(text, country) === value;
  },
  webhook_url: (value) => (text) => text.length <= TEXT_MAX && text.includes(':') && URL.parse(text)?.href === value,
  entity_id: (value) => (text) => text === value,
};

/** Every text, number and name of a member in a JSON value, however deep; by its own stack, as depth must cost no calls. */
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

/** The value with its domain as people write it: in a longer text, an address occurs in either form. */
const unicodeAddress = (value: string): string => {
  const [local, domain] = [value.slice(0, value.lastIndexOf('@') + 1), value.slice(value.lastIndexOf('@') + 1)];
  return local + domainToUnicode(domain);
};

/**
 * What to look for in longer texts, in lower case. A number by its digits alone: `+49...` and
 * `0049...` hold the same.
 */
const needlesOf = ({ by, value }: Person): { texts: string[]; before: RegExp } => {
  if (by === 'phone') return { texts: [value.slice(1)], before: /[1-9]$/ };
  const text = value.toLowerCase();
  return { texts: by === 'email' ? [...new Set([text, unicodeAddress(text)])] : [text], before: /[\w.%+-]$/ };
};

export const makeMatcher = (person: Person, options: { phoneCountry: string }): Matcher => {
  const isValue = spellings[person.by](person.value, options.phoneCountry);
  const needles = needlesOf(person);

  const inPayload = (event: Event): boolean => {
    if (person.by === 'entity_id') return entitiesOf(event).some(isValue);
    for (const leaf of leavesOf([event.payload, event.extensions, event.sourceId])) if (isValue(leaf)) return true;
    return false;
  };

  /** The same in what is told: an address that is a whole text or template value of its own. */
  const isTo = (item: Notification): boolean => {
    if (channelEntries(item).some(([, channel]) => isValue(channel.to))) return true;
    for (const leaf of leavesOf(personalInput(notificationFields, item))) if (isValue(leaf)) return true;
    return false;
  };

  const holds = (text: string): boolean => {
    const searched = text.toLowerCase();
    return needles.texts.some((needle) => occursIn(searched, needle, needles.before));
  };

  return {
    // An entity's id may be any number: in a longer text it is another's.
    names: (text) => isValue(text) || (person.by !== 'entity_id' && holds(text)),
    notification: (item) => isValue(item.entityId) || (person.by !== 'entity_id' && isTo(item)),
    // An event that names no entity is about its subject, else about itself (rule.ts).
    event: (event) => inPayload(event) || (event.subject !== undefined && isValue(event.subject)) || isValue(event.id),
    message: ({ body }) => body !== undefined && holds(body),
  };
};
