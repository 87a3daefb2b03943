/** What a notification says: placeholders filled in, and the webhook's JSON. Pure. */
import { canonicalJson } from '../../schema/canonical-json.ts';
import { digitsOf, ExactNumber, isNumber } from '../../schema/exact-number.ts';
import { BODY_MAX, SUBJECT_MAX } from '../../schema/text.ts';
import type { Timing } from '../due-time.ts';
import { builtInText, targetDateForm } from './built-in-texts.ts';

export interface TemplateInput {
  type: string;
  entityId: string;
  timing: Timing;
  /** Epoch ms. */
  targetDate?: number | undefined;
  sendAt: number;
  /** Templates given by the client instead of the type's own. */
  subject?: string | undefined;
  body?: string | undefined;
  /** Of the built-in texts. Default 0. */
  textVersion?: number | undefined;
  /** Values for the placeholders. */
  data?: Record<string, unknown> | undefined;
}

export interface WebhookPayloadInput extends Omit<TemplateInput, 'timing' | 'textVersion'> {
  notificationId: string;
  group?: string | undefined;
  eventId?: string | undefined;
  /** Rendered. */
  subject: string;
  body: string;
}

const iso = (epochMs: number): string => new Date(epochMs).toISOString();

interface Text {
  subject: string;
  body: string;
}

type Values = Record<string, string | undefined>;

/** Bounded everywhere, so that matching is linear whatever the text. */
const PLACEHOLDER = /\{\{[ \t]{0,8}([\p{L}\p{N}_.-]{1,100})[ \t]{0,8}\}\}/gu;

/**
 * Own properties only: a path never reaches a prototype. Text, numbers and booleans have a
 * rendering; everything else has none.
 */
const valueAt = (data: unknown, path: string): string | undefined => {
  let value = data;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || value instanceof ExactNumber) return undefined;
    if (!Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  if (isNumber(value)) return digitsOf(value);
  return typeof value === 'string' || typeof value === 'boolean' ? String(value) : undefined;
};

/** At most `max` UTF-16 units, never half a character, always well-formed Unicode. */
const cut = (text: string, max: number): string => {
  const end = text.length > max && /[\uD800-\uDBFF]/.test(text.charAt(max - 1)) ? max - 1 : max;
  return text.slice(0, end).toWellFormed();
};

const lookUp = (path: string, values: Values, data: unknown): string | undefined =>
  Object.hasOwn(values, path) ? values[path] : valueAt(data, path);

/**
 * Stops as soon as `max` is reached: a short template with many long values must not build a huge
 * text first.
 */
const fill = (template: string, values: Values, data: unknown, max: number): string => {
  let out = '';
  let from = 0;
  for (const match of template.matchAll(PLACEHOLDER)) {
    out += template.slice(from, match.index) + (lookUp(match[1] ?? '', values, data) ?? '');
    from = match.index + match[0].length;
    if (out.length >= max) return cut(out, max);
  }
  return cut(out + template.slice(from), max);
};

/** One line: control characters and line separators become spaces. */
const oneLine = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]/gu, ' ').trim();

const OFFSET = /([Zz]|[+-]\d{2}:?\d{2})$/;

/**
 * Swedish dates are ISO 8601. By Intl, as Temporal's polyfill would add 20 KB to the function that
 * delivers.
 */
const dayIn = (timeZone: string, at: number): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(at);

/**
 * The day of the target as its own text has it, in the zone of the notification where one is given:
 * `2027-06-01`.
 */
const dayOf = ({ target_date: text = '', timezone }: Timing, at: number): string =>
  timezone !== undefined && OFFSET.test(text.slice(10)) ? dayIn(timezone, at) : text.slice(0, 10);

const targetText = ({ targetDate, timing, textVersion }: TemplateInput): string | undefined => {
  if (targetDate === undefined) return undefined;
  return targetDateForm(textVersion) === 'day' ? dayOf(timing, targetDate) : iso(targetDate);
};

/** The names that are ours: they win over `data`, also where they have no value. */
const valuesOf = (input: TemplateInput): Values => ({
  entity_id: input.entityId,
  target_date: targetText(input),
  send_at: iso(input.sendAt),
  notification_type: input.type,
});

const renderText = (text: { subject?: string | undefined; body?: string | undefined }, input: TemplateInput): Text => {
  const values = valuesOf(input);
  return {
    subject: cut(oneLine(fill(text.subject ?? '', values, input.data, SUBJECT_MAX)), SUBJECT_MAX),
    body: fill(text.body ?? '', values, input.data, BODY_MAX),
  };
};

/** The client's own texts alone: blank where there are none. */
export const renderGiven = (input: TemplateInput): Text =>
  renderText({ subject: input.subject, body: input.body }, input);

/**
 * Fills `{{name}}` and `{{nested.name}}` from `data`; `entity_id`, `target_date` (the day, e.g.
 * 2027-06-01), `send_at` (RFC 3339) and `notification_type` are ours and win. A missing value
 * renders as nothing, what is no placeholder stays as it is, and a text that comes out blank is
 * replaced by the type's own. The subject is one line of at most SUBJECT_MAX characters, the body
 * at most BODY_MAX.
 */
export const render = (input: TemplateInput): Text => {
  const asked = renderGiven(input);
  if (asked.subject && asked.body.trim()) return asked;
  const options = { version: input.textVersion, hasTarget: input.targetDate !== undefined };
  const own = renderText(builtInText(input.type, options), input);
  return { subject: asked.subject || own.subject, body: asked.body.trim() ? asked.body : own.body };
};

/** The placeholders of its subject, or body, that have no value, each once. */
export const placeholdersWithoutValue = (input: TemplateInput, field: 'subject' | 'body'): string[] => {
  const values = valuesOf(input);
  const names = new Set([...(input[field] ?? '').matchAll(PLACEHOLDER)].map(([, name = '']) => name));
  return [...names].filter((name) => lookUp(name, values, input.data) === undefined);
};

/**
 * The webhook's body: `{type, timestamp, data: {notification_id, entity_id, group?, event_id?,
 * target_date?, send_at, subject, body, data?}}` (Standard Webhooks' shape). The bytes are the same
 * on every attempt: `timestamp` is the due time, and members have one order at every depth, because
 * a store need not keep that of a map.
 */
export const webhookPayload = (input: WebhookPayloadInput): string =>
  canonicalJson({
    type: input.type,
    timestamp: iso(input.sendAt),
    data: {
      notification_id: input.notificationId,
      entity_id: input.entityId,
      group: input.group,
      event_id: input.eventId,
      target_date: input.targetDate === undefined ? undefined : iso(input.targetDate),
      send_at: iso(input.sendAt),
      subject: input.subject,
      body: input.body,
      data: input.data,
    },
  });
