/**
 * CloudEvents 1.0 over HTTP with JSON: structured, binary and batched. Sources: cloudevents/spec
 * v1.0.2, spec.md, formats/json-format.md, bindings/http-protocol-binding.md. id, source, type,
 * subject and time are our own; data is the payload and must be a JSON object; `dataschema` and
 * extension attributes are kept as `extensions`.
 */
import { isUtf8 } from 'node:buffer';
import * as z from 'zod';
import type { FieldError } from '../errors.ts';
import { validationFailed } from '../errors.ts';
import { utf8Text } from '../schema/body.ts';
import { parseJson, VALUES_MAX, type ValueCount } from '../schema/json.ts';
import { omitUndefined as present } from '../schema/omit-undefined.ts';
import { shortText } from '../schema/text.ts';
import { parseTime } from '../schema/time.ts';
import { attempt, type Checked, check, pointerOf, validated } from '../schema/validate.ts';
import { type Extensions, eventId, eventSource, eventSubject, eventType, payloadSchema } from './event.ts';
import { type NewEvent, newEventSchema } from './new-event.ts';

export const STRUCTURED = 'application/cloudevents+json';
export const BATCHED = 'application/cloudevents-batch+json';
export const BATCH_MAX = 25;
export const EXTENSIONS_MAX = 32;
const OWN_ATTRIBUTES = 8;

/**
 * "MUST consist of lower-case letters or digits"; 20 characters is advice, this is a bound. `data`
 * is no attribute.
 */
const NAME = /^(?!data$)[a-z0-9]{1,64}$/;
const BAD_NAME = 'is not a CloudEvents attribute name';
const JSON_TYPE = /^[^\s/;]+\/([^\s/;]+\+)?json\s*(;.*)?$/i;
const RFC3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/;
const INT32_MAX = 2_147_483_647;
const extensionValue = z.union(
  [
    z.literal(''),
    shortText(1024),
    z.boolean(),
    z
      .int()
      .min(-INT32_MAX - 1)
      .max(INT32_MAX),
  ],
  'must be text of at most 1024 characters without control characters, a boolean or a 32-bit integer',
);

const attributes = z
  .object({
    specversion: z.literal('1.0'),
    id: eventId,
    source: eventSource,
    type: eventType,
    subject: eventSubject.optional(),
    time: z
      .string()
      .refine((text) => RFC3339.test(text) && parseTime(text) !== undefined, 'must be an RFC 3339 time with its offset')
      .optional(),
    datacontenttype: z.string().regex(JSON_TYPE, 'must be a JSON media type').optional(),
    dataschema: shortText(2048).optional(),
  })
  .catchall(extensionValue);

const nameErrors = (given: object, prefix: string[]): FieldError[] =>
  Object.keys(given).flatMap((name) =>
    NAME.test(name) ? [] : [{ pointer: pointerOf([...prefix, name]), detail: BAD_NAME }],
  );

/** Counted first: thousands of extensions would each be checked before they are refused. */
const readAttributes = (given: object, prefix: string[] = []): Checked<z.output<typeof attributes>> => {
  if (Object.keys(given).length > EXTENSIONS_MAX + OWN_ATTRIBUTES) {
    const detail = `must have at most ${EXTENSIONS_MAX} extension attributes`;
    return { errors: [{ pointer: pointerOf(prefix), detail }] };
  }
  const names = nameErrors(given, prefix);
  const { value, errors = [] } = check(attributes, given, prefix);
  return value && names.length === 0 ? { value } : { errors: [...names, ...errors] };
};

type Read<T> = { value: T } | { errors: FieldError[] };

const toEvent = (given: z.output<typeof attributes>, payload: NewEvent['payload']): NewEvent => {
  const { specversion: _, datacontenttype: __, id, source, type, subject, time, ...rest } = given;
  const extensions = present(rest) as Extensions;
  return {
    type,
    payload,
    id,
    source,
    ...present({ subject, time }),
    ...(Object.keys(extensions).length > 0 && { extensions }),
  };
};

const fromBase64 = (text: unknown, total: ValueCount): unknown => {
  if (typeof text !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  try {
    return parseJson(utf8Text(Buffer.from(text, 'base64')), total);
  } catch {
    return undefined; // Reported by the caller, with the member's name.
  }
};

const readData = (data: unknown, base64: unknown, prefix: string[], total: ValueCount): Read<NewEvent['payload']> => {
  const pointer = pointerOf([...prefix, 'data_base64']);
  if (base64 === undefined) {
    const { value, errors } = check(payloadSchema, data ?? {}, [...prefix, 'data']);
    return errors ? { errors } : { value };
  }
  if (data !== undefined) return { errors: [{ pointer, detail: 'must not be given together with data' }] };
  const decoded = payloadSchema.safeParse(fromBase64(base64, total));
  return decoded.success
    ? { value: decoded.data }
    : {
        errors: [
          {
            pointer,
            detail: `must be the base64 of a JSON object, of at most ${VALUES_MAX} JSON values with all others of the body`,
          },
        ],
      };
};

/** One event in the JSON format. An attribute that is null is unset (json-format.md, 2.2). */
const readStructured = (given: unknown, prefix: string[], total: ValueCount): Read<NewEvent> => {
  const object = check(payloadSchema, given, prefix);
  if (object.errors) return { errors: object.errors };
  const set = Object.entries(object.value).filter(([, value]) => value !== null);
  const { data, data_base64, ...rest } = Object.fromEntries(set);
  const { value, errors = [] } = readAttributes(rest, prefix);
  const payload = readData(data, data_base64, prefix, total);
  if (value && 'value' in payload) return { value: toEvent(value, payload.value) };
  return { errors: [...errors, ...('errors' in payload ? payload.errors : [])] };
};

/**
 * Producers send raw UTF-8 too. Node reads a header's bytes as Latin-1: the bytes that are UTF-8
 * are read again.
 */
const rawUtf8 = (value: string): string => {
  const bytes = Buffer.from(value, 'latin1');
  return bytes.toString('latin1') === value && isUtf8(bytes) ? bytes.toString() : value;
};

/**
 * One round of percent-decoding, after the double quotes that older producers use
 * (http-protocol-binding.md, 3.1.3.2).
 */
const decodeHeader = (header: string): string | undefined => {
  const value = rawUtf8(header);
  const quoted = /^"((?:[^"\\]|\\.)*)"$/.exec(value);
  try {
    return decodeURIComponent(quoted?.[1] === undefined ? value : quoted[1].replace(/\\(.)/g, '$1'));
  } catch {
    return undefined; // Reported by the caller, with the header's name.
  }
};

const PREFIX = 'ce-';
const headerErrors = (errors: FieldError[]): FieldError[] =>
  errors.map(({ pointer, detail }) => ({
    pointer: pointer === '' ? '/header' : `/header/${PREFIX}${pointer.slice(1)}`,
    detail,
  }));

type Headers = Record<string, string | undefined>;

/** Attributes from `ce-` headers, the body is the data. */
const readBinary = (headers: Headers, rawBody: string): Read<NewEvent> => {
  const given: Record<string, string> = {};
  const unreadable: FieldError[] = [];
  for (const [header, value] of Object.entries(headers)) {
    if (!header.startsWith(PREFIX) || value === undefined) continue;
    const name = header.slice(PREFIX.length);
    const decoded = decodeHeader(value);
    const refuse = (detail: string) => unreadable.push({ pointer: pointerOf(['header', header]), detail });
    if (!NAME.test(name)) refuse(BAD_NAME);
    else if (decoded === undefined) refuse('must be percent-encoded UTF-8');
    else given[name] = decoded;
  }
  const { value, errors = [] } = readAttributes(given);
  const payload = attempt(() => validated(payloadSchema, rawBody === '' ? {} : parseJson(rawBody)));
  if (value && payload.value && unreadable.length === 0) return { value: toEvent(value, payload.value) };
  return { errors: [...unreadable, ...headerErrors(errors), ...(payload.errors ?? [])] };
};

const orThrow = <T>(read: Read<T>): T => {
  if ('errors' in read) throw validationFailed(read.errors);
  return read.value;
};

/** Every element is read before anything is refused, so that all that is wrong is said at once. */
export const readBatch = (rawBody: string): NewEvent[] => {
  const total = { values: 0 };
  const given = parseJson(rawBody, total);
  const list = validated(z.array(z.unknown()).max(BATCH_MAX, `must be at most ${BATCH_MAX} events`), given);
  const reads = list.map((element, index) => readStructured(element, [String(index)], total));
  const errors = reads.flatMap((read) => ('errors' in read ? read.errors : []));
  if (errors.length > 0) throw validationFailed(errors);
  return reads.flatMap((read) => ('value' in read ? [read.value] : []));
};

const isBinary = (headers: Headers): boolean =>
  ['specversion', 'type', 'source', 'id'].some((name) => headers[PREFIX + name] !== undefined);

const mediaTypeOf = (headers: Headers): string | undefined =>
  headers['content-type']?.split(';')[0]?.trim().toLowerCase();
export const isBatched = (headers: Headers): boolean => mediaTypeOf(headers) === BATCHED;

/**
 * What a POST publishes, in our own form or as CloudEvents; the content type decides, then the
 * presence of `ce-` headers. Throws `malformed-json`, or `validation-failed` that names the member,
 * the header or the element.
 */
export const readPublished = (request: {
  headers: Headers;
  rawBody: string;
}): { one: NewEvent } | { many: NewEvent[] } => {
  const { headers, rawBody } = request;
  if (isBatched(headers)) return { many: readBatch(rawBody) };
  if (mediaTypeOf(headers) === STRUCTURED) {
    const total = { values: 0 };
    return { one: orThrow(readStructured(parseJson(rawBody, total), [], total)) };
  }
  if (isBinary(headers)) return { one: orThrow(readBinary(headers, rawBody)) };
  return { one: validated(newEventSchema, parseJson(rawBody)) };
};
