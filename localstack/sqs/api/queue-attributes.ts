import { SqsError } from '../errors.ts';
import type { QueueStore } from '../fauxqs.ts';
import { checkRedrive } from './redrive.ts';

type Attributes = Record<string, string>;

/** docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
const RANGES: Record<string, readonly [number, number]> = {
  DelaySeconds: [0, 900],
  KmsDataKeyReusePeriodSeconds: [60, 86_400],
  MaximumMessageSize: [1_024, 1_048_576],
  MessageRetentionPeriod: [60, 1_209_600],
  ReceiveMessageWaitTimeSeconds: [0, 20],
  VisibilityTimeout: [0, 43_200],
};
const BOOLEANS = new Set(['ContentBasedDeduplication', 'FifoQueue', 'SqsManagedSseEnabled']);
const CHOICES: Record<string, readonly string[]> = {
  DeduplicationScope: ['messageGroup', 'queue'],
  FifoThroughputLimit: ['perQueue', 'perMessageGroupId'],
};
const FIFO_ONLY = new Set(['ContentBasedDeduplication', 'DeduplicationScope', 'FifoQueue', 'FifoThroughputLimit']);
/** An empty value removes these. */
const CLEARABLE = new Set(['KmsMasterKeyId', 'Policy', 'RedriveAllowPolicy', 'RedrivePolicy']);
const SETTABLE = new Set([...Object.keys(RANGES), ...BOOLEANS, ...Object.keys(CHOICES), ...CLEARABLE]);
const READABLE = new Set([
  ...SETTABLE,
  ...['', 'NotVisible', 'Delayed'].map((which) => `ApproximateNumberOfMessages${which}`),
  ...['All', 'CreatedTimestamp', 'LastModifiedTimestamp', 'QueueArn'],
]);

const unknown = (name: string) => new SqsError('InvalidAttributeName', `Unknown Attribute ${name}.`);
const invalid = (name: string, reason: string) =>
  new SqsError('InvalidAttributeValue', `Invalid value for the parameter ${name}. Reason: ${reason}`);

const inRange = (name: string, value: string, [min, max]: readonly [number, number]): string => {
  const isInside = /^\d+$/.test(value) && Number(value) >= min && Number(value) <= max;
  if (!isInside) throw invalid(name, `Must be an integer from ${min} to ${max}, and is "${value}".`);
  return String(Number(value));
};

const asBoolean = (name: string, value: string): string => {
  const lower = value.toLowerCase();
  if (lower !== 'true' && lower !== 'false') throw invalid(name, `Must be true or false, and is "${value}".`);
  return lower;
};

const asChoice = (name: string, value: string, choices: readonly string[]): string => {
  if (!choices.includes(value)) throw invalid(name, `Must be one of ${choices.join(', ')}, and is "${value}".`);
  return value;
};

const asDocument = (name: string, value: string): string => {
  try {
    JSON.parse(value);
  } catch {
    throw invalid(name, 'Must be JSON.');
  }
  return value;
};

const normalized = (name: string, value: string): string => {
  if (CLEARABLE.has(name) && value === '') return value;
  const range = RANGES[name];
  if (range) return inRange(name, value, range);
  if (BOOLEANS.has(name)) return asBoolean(name, value);
  const choices = CHOICES[name];
  if (choices) return asChoice(name, value, choices);
  return name.endsWith('AllowPolicy') || name === 'Policy' ? asDocument(name, value) : value;
};

const withOneEncryption = (attributes: Attributes): Attributes => {
  const { KmsMasterKeyId: key, SqsManagedSseEnabled: managed } = attributes;
  if (!key) return managed === 'true' ? { ...attributes, KmsMasterKeyId: '' } : attributes;
  if (managed === 'true') {
    const message = 'You can use one type of server-side encryption (SSE) at one time. ';
    throw new SqsError('InvalidAttributeName', `${message}You can either enable KMS SSE or SQS SSE.`);
  }
  return { ...attributes, SqsManagedSseEnabled: 'false' };
};

/**
 * Attributes in the form in which they are stored. An empty value means removal.
 * @throws SqsError for names, values and redrive targets that SQS refuses.
 */
export const checkedAttributes = (
  given: Readonly<Attributes>,
  queue: { arn: string; isFifo: boolean },
  store: QueueStore,
): Attributes => {
  const checked: Attributes = {};
  for (const [name, value] of Object.entries(given)) {
    if (!SETTABLE.has(name) || (FIFO_ONLY.has(name) && !queue.isFifo)) throw unknown(name);
    checked[name] = normalized(name, value);
  }
  if (queue.isFifo && checked.FifoQueue === 'false')
    throw invalid('FifoQueue', 'Modifying queue type is not supported.');
  if (checked.RedrivePolicy) checkRedrive(checked.RedrivePolicy, queue, store);
  return withOneEncryption(checked);
};

/** @throws SqsError for an unknown name. */
export const checkAttributeNames = (names: readonly string[]): void => {
  const wrong = names.find((name) => !READABLE.has(name));
  if (wrong !== undefined) throw unknown(wrong);
};
