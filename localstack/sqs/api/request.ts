import { isRecord } from '../../http/is-record.ts';
import { missingParameter, SqsError } from '../errors.ts';

export type SqsRequest = Readonly<Record<string, unknown>>;

const read =
  <T>(kind: string, isRight: (value: unknown) => value is T) =>
  (request: SqsRequest, name: string): T | undefined => {
    const value = request[name] ?? undefined;
    if (value === undefined || isRight(value)) return value;
    throw new SqsError('SerializationException', `${name} must be ${kind}`);
  };

const isText = (value: unknown): value is string => typeof value === 'string';

export const textOf = read('a string', isText);
export const integerOf = read('an integer', (value): value is number => Number.isInteger(value));
export const recordOf = read('an object', isRecord);
export const textsOf = read(
  'a list of strings',
  (value): value is string[] => Array.isArray(value) && value.every(isText),
);
export const textMapOf = read(
  'an object of strings',
  (value): value is Record<string, string> => isRecord(value) && Object.values(value).every(isText),
);
export const recordsOf = read(
  'a list of objects',
  (value): value is Record<string, unknown>[] => Array.isArray(value) && value.every(isRecord),
);

export const requiredTextOf = (request: SqsRequest, name: string): string => {
  const value = textOf(request, name);
  if (!value) throw missingParameter(name);
  return value;
};
