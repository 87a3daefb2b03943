import { isRecord } from '../../http/is-record.ts';
import { invalidParameter, invalidValue, missingParameter, SqsError } from '../errors.ts';
import type { FauxqsQueue } from '../fauxqs.ts';
import { INVALID_CHARACTER, type MessageAttribute } from '../message.ts';
import { integerOf, recordOf, requiredTextOf, type SqsRequest, textOf } from './request.ts';

const invalidCharacters =
  'Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF';
const DELAY_SECONDS_MAX = 900;
const ATTRIBUTES_MAX = 10;
const NAME_LENGTH_MAX = 256;
const DATA_TYPE = /^(String|Number|Binary)(\..+)?$/;
const PRINTABLE = /^[!-~]{1,128}$/;

export interface OutgoingMessage {
  body: string;
  attributes: Record<string, MessageAttribute>;
  systemAttributes: Record<string, MessageAttribute>;
  delaySeconds: number | undefined;
  groupId: string | undefined;
  deduplicationId: string | undefined;
}

const checkAttributeName = (name: string): void => {
  if (name.length === 0 || name.length > NAME_LENGTH_MAX)
    throw invalidParameter(`Message (user) attribute names must have 1 to ${NAME_LENGTH_MAX} characters: "${name}"`);
  if (!/^[\p{L}\p{N}_.-]+$/u.test(name)) {
    const message =
      'Message (user) attributes name can only contain upper and lower score characters, digits, periods,';
    throw invalidParameter(`${message} hyphens and underscores: "${name}"`);
  }
  if (!/^(aws\.|amazon\.|\.)/i.test(name) && !name.endsWith('.')) return;
  const message = "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'.";
  throw invalidParameter(`${message} Additionally, they cannot start or end with '.': "${name}"`);
};

const checkAttribute = (name: string, value: unknown): MessageAttribute => {
  checkAttributeName(name);
  if (!isRecord(value)) throw new SqsError('SerializationException', `${name} must be an object`);
  const type = requiredTextOf(value, 'DataType');
  if (!DATA_TYPE.test(type) || type.length > NAME_LENGTH_MAX) {
    const rule = `The type of message (user) attribute '${name}' must be at most ${NAME_LENGTH_MAX} characters`;
    throw invalidParameter(`${rule} and prefixed with "String", "Binary", or "Number", but was: ${type}`);
  }
  const [kind = ''] = type.split('.');
  const field = kind === 'Binary' ? 'BinaryValue' : 'StringValue';
  const content = textOf(value, field);
  if (!content)
    throw invalidParameter(`Message (user) attribute '${name}' must contain a non-empty value of type '${kind}'.`);
  if (INVALID_CHARACTER.test(content))
    throw invalidParameter(`Message (user) attribute '${name}': ${invalidCharacters}`);
  if (kind === 'Number' && !Number.isFinite(Number(content)))
    throw invalidParameter(`Can't cast the value of message (user) attribute '${name}' to a number.`);
  return { DataType: type, [field]: content };
};

const attributesOf = (request: SqsRequest): Record<string, MessageAttribute> => {
  const given = Object.entries(recordOf(request, 'MessageAttributes') ?? {});
  if (given.length > ATTRIBUTES_MAX) {
    const message = `Number of message attributes [${given.length}] exceeds the allowed maximum [${ATTRIBUTES_MAX}].`;
    throw invalidParameter(message);
  }
  return Object.fromEntries(given.map(([name, value]) => [name, checkAttribute(name, value)]));
};

const systemAttributesOf = (request: SqsRequest): Record<string, MessageAttribute> => {
  const given = Object.entries(recordOf(request, 'MessageSystemAttributes') ?? {});
  for (const [name, value] of given)
    if (name !== 'AWSTraceHeader' || checkAttribute(name, value).DataType !== 'String')
      throw invalidParameter(`Message system attribute '${name}' must be AWSTraceHeader, of type 'String'.`);
  return Object.fromEntries(given.map(([name, value]) => [name, checkAttribute(name, value)]));
};

const checkToken = (name: string, value: string | undefined): string | undefined => {
  if (value === undefined || PRINTABLE.test(value)) return value;
  throw invalidValue(
    name,
    value,
    `${name} can only include alphanumeric and punctuation characters. 1 to 128 in length`,
  );
};

const delaySecondsOf = (request: SqsRequest, isFifo: boolean): number | undefined => {
  const seconds = integerOf(request, 'DelaySeconds');
  if (seconds === undefined) return undefined;
  if (seconds < 0 || seconds > DELAY_SECONDS_MAX)
    throw invalidValue('DelaySeconds', seconds, `DelaySeconds must be >= 0 and <= ${DELAY_SECONDS_MAX}.`);
  if (isFifo && seconds > 0)
    throw invalidValue('DelaySeconds', seconds, 'The request include parameter that is not valid for this queue type.');
  return seconds;
};

/** Bytes that count towards the limit: the body, and names, types and values of attributes. */
export const sizeOf = (request: SqsRequest): number => {
  let bytes = Buffer.byteLength(textOf(request, 'MessageBody') ?? '');
  for (const [name, value] of Object.entries(recordOf(request, 'MessageAttributes') ?? {})) {
    if (!isRecord(value)) continue;
    bytes += Buffer.byteLength(name) + Buffer.byteLength(textOf(value, 'DataType') ?? '');
    bytes += Buffer.byteLength(textOf(value, 'StringValue') ?? '');
    bytes += Buffer.byteLength(textOf(value, 'BinaryValue') ?? '', 'base64');
  }
  return bytes;
};

const bodyOf = (request: SqsRequest, bytesMax: number): string => {
  const body = requiredTextOf(request, 'MessageBody');
  if (sizeOf(request) > bytesMax)
    throw invalidParameter(
      `One or more parameters are invalid. Reason: Message must be shorter than ${bytesMax} bytes.`,
    );
  if (INVALID_CHARACTER.test(body)) throw new SqsError('InvalidMessageContents', invalidCharacters);
  return body;
};

/** @throws SqsError if a FIFO queue lacks the group or the deduplication id. */
export const checkOrder = (queue: FauxqsQueue, request: SqsRequest, missing = missingParameter): void => {
  if (!textOf(request, 'MessageGroupId')) throw missing('MessageGroupId');
  if (textOf(request, 'MessageDeduplicationId') || queue.attributes.ContentBasedDeduplication === 'true') return;
  const message = 'The queue should either have ContentBasedDeduplication enabled';
  throw invalidParameter(`${message} or MessageDeduplicationId provided explicitly`);
};

/** @throws SqsError if SQS would refuse the message. */
export const messageOf = (queue: FauxqsQueue, request: SqsRequest): OutgoingMessage => {
  const body = bodyOf(request, Number(queue.attributes.MaximumMessageSize));
  const attributes = attributesOf(request);
  const systemAttributes = systemAttributesOf(request);
  const delaySeconds = delaySecondsOf(request, queue.isFifo());
  const groupId = checkToken('MessageGroupId', textOf(request, 'MessageGroupId'));
  const deduplicationId = checkToken('MessageDeduplicationId', textOf(request, 'MessageDeduplicationId'));
  if (queue.isFifo()) checkOrder(queue, request);
  else if (deduplicationId !== undefined) {
    const reason = 'The request include parameter that is not valid for this queue type.';
    throw invalidValue('MessageDeduplicationId', deduplicationId, reason);
  }
  return { body, attributes, systemAttributes, delaySeconds, groupId, deduplicationId };
};
