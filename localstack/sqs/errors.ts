import { type Answer, json } from '../http/answer.ts';

const former = <T extends string>(code: T): string => `AWS.SimpleQueueService.${code}`;

/** Errors of the API's model, with the code of the former query protocol and the HTTP status. */
const CATALOGUE = {
  BatchEntryIdsNotDistinct: [former('BatchEntryIdsNotDistinct'), 400],
  BatchRequestTooLong: [former('BatchRequestTooLong'), 400],
  EmptyBatchRequest: [former('EmptyBatchRequest'), 400],
  InvalidAttributeName: ['InvalidAttributeName', 400],
  InvalidAttributeValue: ['InvalidAttributeValue', 400],
  InvalidBatchEntryId: [former('InvalidBatchEntryId'), 400],
  InvalidMessageContents: ['InvalidMessageContents', 400],
  InvalidParameterValueException: ['InvalidParameterValue', 400],
  MissingRequiredParameterException: ['MissingParameter', 400],
  PurgeQueueInProgress: [former('PurgeQueueInProgress'), 403],
  QueueDoesNotExist: [former('NonExistentQueue'), 400],
  QueueNameExists: ['QueueAlreadyExists', 400],
  ReceiptHandleIsInvalid: ['ReceiptHandleIsInvalid', 404],
  ResourceNotFoundException: ['ResourceNotFoundException', 404],
  TooManyEntriesInBatchRequest: [former('TooManyEntriesInBatchRequest'), 400],
  UnsupportedOperation: [former('UnsupportedOperation'), 400],
} as const satisfies Record<string, readonly [string, number]>;

/** A request that does not follow the protocol. */
type ProtocolError = 'SerializationException' | 'UnknownOperationException';
type SqsErrorCode = keyof typeof CATALOGUE | ProtocolError;

const isOfModel = (code: SqsErrorCode): code is keyof typeof CATALOGUE => code in CATALOGUE;

export class SqsError extends Error {
  readonly code: SqsErrorCode;
  constructor(code: SqsErrorCode, message: string) {
    super(message);
    this.code = code;
  }

  /** The code of the former query protocol, which batches and move tasks still report. */
  get queryCode(): string {
    return isOfModel(this.code) ? CATALOGUE[this.code][0] : this.code;
  }
}

export const invalidParameter = (message: string): SqsError => new SqsError('InvalidParameterValueException', message);

export const invalidValue = (name: string, value: unknown, reason: string): SqsError =>
  invalidParameter(`Value ${value} for parameter ${name} is invalid. Reason: ${reason}`);

export const missingParameter = (name: string): SqsError =>
  new SqsError('MissingRequiredParameterException', `The request must contain the parameter ${name}.`);

export const noSuchQueue = (): SqsError => new SqsError('QueueDoesNotExist', 'The specified queue does not exist.');

/** An error of the AWS JSON protocol: its name in `__type`, its former code in a header. */
export const sqsErrorAnswer = ({ code, message, queryCode }: SqsError): Answer => {
  const contentType = { 'content-type': 'application/x-amz-json-1.0' };
  if (!isOfModel(code)) return json(400, { __type: `com.amazon.coral.service#${code}`, message }, contentType);
  const headers = { ...contentType, 'x-amzn-query-error': `${queryCode};Sender` };
  return json(CATALOGUE[code][1], { __type: `com.amazonaws.sqs#${code}`, message }, headers);
};
