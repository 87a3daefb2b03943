/**
 * Which notification an event causes: the rule of its type (schema/notification-types.ts), applied.
 * The payload decides, and the time that counts is the acceptance of the event, so that applying
 * the rule twice makes the same draft with the same id.
 */
import * as z from 'zod';
import type { AddressOptions } from '../channels/declaration.ts';
import { addressNames, byAddress } from '../channels/index.ts';
import type { FieldError } from '../errors.ts';
import type { Due, Timing } from '../notifications/due-time.ts';
import { checkTimingForm, dueTime, LEAD_TIME_DAYS_MAX } from '../notifications/due-time.ts';
import type { Draft } from '../notifications/notification.ts';
import { contentFields } from '../notifications/notification.ts';
import { parseRecipients } from '../notifications/recipient.ts';
import { textErrors } from '../notifications/text-rules.ts';
import { withoutAnnotations } from '../notifications/time-annotations.ts';
import { derivedId } from '../platform/random.ts';
import { digitsOf, ExactNumber, isNumber } from '../schema/exact-number.ts';
import { type Rule, ruleFor } from '../schema/notification-types.ts';
import { omitUndefined } from '../schema/omit-undefined.ts';
import { shortText, typeName } from '../schema/text.ts';
import { isTimeZone, rfc3339 } from '../schema/time.ts';
import { timeText } from '../schema/time-view.ts';
import { check } from '../schema/validate.ts';
import type { Event } from './event.ts';

export interface DraftDue {
  ruleId: string;
  draft: Draft;
  due: Due;
}
export type Applied = { drafts: DraftDue[] } | { rejected: string };

type Payload = Record<string, unknown>;
type Read<T> = { value: T } | { errors: FieldError[] };

/**
 * Producers write an absent member as null as often as they leave it out. Own members only: no
 * `constructor`.
 */
const member = (payload: Payload, name: string): unknown =>
  Object.hasOwn(payload, name) ? (payload[name] ?? undefined) : undefined;

const text = z.string();
const recipientFields = byAddress(() => text.optional());
const leadDays = z.int().min(0).max(LEAD_TIME_DAYS_MAX);
const nameText = shortText(256);
/** Of an entity or a group. */
const nameOrNumber = z.union([
  nameText,
  z.number().transform(digitsOf).pipe(nameText),
  z.instanceof(ExactNumber, { error: 'must be a number' }).transform(digitsOf).pipe(nameText),
]);

const read = <T>(schema: z.ZodType<T>, path: string[], value: unknown): Read<T> => {
  const checked = check(schema, value, path);
  if (!checked.errors) return { value: checked.value };
  // The first step only: deeper ones are the producer's own names, which may be personal data.
  return { errors: checked.errors.map(({ pointer, detail }) => ({ pointer: `/${pointer.split('/')[1]}`, detail })) };
};

const readMembers = <T>(schema: z.ZodObject<z.ZodRawShape, z.core.$strip> & z.ZodType<T>, payload: Payload): Read<T> =>
  read(schema, [], Object.fromEntries(Object.keys(schema.shape).map((name) => [name, member(payload, name)])));

/** The entity as the payload names it, else what the event is about, else the event itself. */
const readEntity = (event: Event, rule: Rule): Read<string> => {
  const field = rule.entity.find((name) => member(event.payload, name) !== undefined);
  if (field === undefined) return { value: event.subject ?? event.id };
  return read(nameOrNumber, [field], member(event.payload, field));
};

/** What is neither text nor number is the producer's own member of that name. */
const readGroup = (payload: Payload, rule: Rule): Read<string | undefined> => {
  const given = rule.group === undefined ? undefined : member(payload, rule.group);
  const isName = (typeof given === 'string' && given !== '') || isNumber(given);
  return isName ? read(nameOrNumber, [rule.group ?? ''], given) : { value: undefined };
};

const readTo = (payload: Payload, options: AddressOptions): Read<Draft['to']> => {
  const named = readMembers(z.object(recipientFields), payload);
  if ('errors' in named) return named;
  const parsed = parseRecipients(named.value, options);
  return 'to' in parsed ? { value: parsed.to } : parsed;
};

/**
 * Without a target it changes no time: then a name that is none is ignored, as it is no reason to
 * send nothing.
 */
const readZone = (payload: Payload, hasTarget: boolean): Read<string | undefined> => {
  const given = member(payload, 'timezone');
  const isUsable = typeof given === 'string' && isTimeZone(given);
  if (given === '' || (!hasTarget && !isUsable)) return { value: undefined };
  return read(text.optional(), ['timezone'], given);
};

/** The members of a timing as the payload gives them, before they are judged together. */
const readMoments = (event: Event, rule: Rule): Read<Timing> => {
  const field = rule.target?.field ?? 'target_date';
  const named = rule.target ? member(event.payload, field) : undefined;
  if (named === undefined && rule.target?.required)
    return { errors: [{ pointer: `/${field}`, detail: 'is required' }] };
  const target = read(timeText, [field], named ?? rfc3339(event.createdAt));
  const zone = readZone(event.payload, named !== undefined);
  const lead =
    rule.leadDaysDefault === undefined
      ? { value: 0 }
      : read(leadDays, ['lead_days'], member(event.payload, 'lead_days') ?? rule.leadDaysDefault);
  if ('errors' in target || 'errors' in zone || 'errors' in lead)
    return { errors: [target, zone, lead].flatMap((part) => ('errors' in part ? part.errors : [])) };
  return {
    value: { target_date: target.value, lead_time_days: lead.value, ...omitUndefined({ timezone: zone.value }) },
  };
};

const readTiming = (event: Event, rule: Rule): Read<{ timing: Timing; due: Due }> => {
  const moments = readMoments(event, rule);
  if ('errors' in moments) return moments;
  const { timing, errors } = withoutAnnotations(moments.value);
  const form = [...checkTimingForm(timing), ...errors];
  const due = form.length > 0 ? { errors: form } : dueTime(timing, event.createdAt, { acceptPast: true });
  if (!('errors' in due)) return { value: { timing, due } };
  const field = rule.target?.field ?? 'target_date';
  const named = ({ pointer, detail }: FieldError) => ({
    detail,
    pointer: pointer.replace('/target_date', `/${field}`),
  });
  return { errors: due.errors.map(named) };
};

const apply = (event: Event, rule: Rule, options: AddressOptions): DraftDue | { errors: FieldError[] } => {
  const entity = readEntity(event, rule);
  const group = readGroup(event.payload, rule);
  const to = readTo(event.payload, options);
  const timed = readTiming(event, rule);
  const content = readMembers(z.object(contentFields), event.payload);
  if ('errors' in entity || 'errors' in group || 'errors' in to || 'errors' in timed || 'errors' in content) {
    return { errors: [entity, group, to, timed, content].flatMap((part) => ('errors' in part ? part.errors : [])) };
  }
  const draft: Draft = {
    id: derivedId('ntf_', event.id, rule.id),
    tenant: event.tenant,
    // A CloudEvents type such as com.example.User.Signup is no notification type.
    type: typeName.safeParse(event.type).success ? event.type : 'custom',
    entityId: entity.value,
    timing: timed.value.timing,
    to: to.value,
    ...omitUndefined({ group: group.value, ...content.value }),
    eventId: event.id,
  };
  // A rejection is stored, and kept when the event is erased.
  const errors = textErrors(draft, draft.to, { showNames: false });
  return errors.length > 0 ? { errors } : { ruleId: rule.id, draft, due: timed.value.due };
};

/** Which members break which rule, without their values. */
export const rejection = (errors: FieldError[]): { rejected: string } => ({
  rejected: errors.map(({ pointer, detail }) => `/payload${pointer} ${detail}`).join('; '),
});

/**
 * The draft an event leads to; none when its payload names no recipient. `rejected` says which members break
 * which rule, without their values, when it names one that cannot be used. Never throws on a valid event.
 */
export const applyRules = (event: Event, options: AddressOptions): Applied => {
  if (addressNames.every((field) => member(event.payload, field) === undefined)) return { drafts: [] };
  const applied = apply(event, ruleFor(event.type), options);
  return 'errors' in applied ? rejection(applied.errors) : { drafts: [applied] };
};
