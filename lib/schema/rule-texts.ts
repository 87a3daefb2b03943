import type { $ZodRawIssue } from 'zod/v4/core';
import { ExactNumber } from './exact-number.ts';

const NOUNS: Record<string, string> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  bigint: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  date: 'a date',
  null: 'null',
};

const NUMBERS = new Set(['number', 'int']);

const FORMATS: Record<string, string> = {
  email: 'an e-mail address',
  url: 'a URL',
  uuid: 'a UUID',
  datetime: 'an RFC 3339 date and time',
  date: 'a date as YYYY-MM-DD',
  duration: 'an ISO 8601 duration',
  e164: 'a phone number in E.164 form, like +14155550123',
};

const COUNTED: Record<string, string> = { string: 'characters', array: 'items', set: 'items', map: 'items' };

const limit = (issue: { origin: string }, bound: string, value: unknown): string => {
  const things = COUNTED[issue.origin];
  if (things && bound === 'at least' && value === 1) return 'must not be empty';
  return things ? `must have ${bound} ${value} ${things}` : `must be ${bound} ${value}`;
};

/**
 * The rule that an issue broke, in words that follow the field's name. A schema's own message comes
 * before this one.
 */
export const ruleOf = (issue: $ZodRawIssue): string => {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input instanceof ExactNumber && NUMBERS.has(issue.expected))
        return 'must be a number of at most 15 digits';
      return issue.input === undefined ? 'is required' : `must be ${NOUNS[issue.expected] ?? issue.expected}`;
    case 'too_small':
      return limit(issue, issue.inclusive === false ? 'more than' : 'at least', issue.minimum);
    case 'too_big':
      return limit(issue, issue.inclusive === false ? 'less than' : 'at most', issue.maximum);
    case 'invalid_format':
      return issue.format === 'regex'
        ? `must match ${issue.pattern}`
        : `must be ${FORMATS[issue.format] ?? issue.format}`;
    case 'invalid_value': {
      const isOne = issue.values.length === 1;
      const values = issue.values.map(String).join(', ');
      if (issue.input === undefined) return isOne ? 'is required' : `is required: one of ${values}`;
      return `must be ${isOne ? '' : 'one of '}${values}`;
    }
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'unrecognized_keys':
      return 'is not known';
    case 'invalid_union':
      return 'does not match any of the allowed forms';
    default:
      return `does not meet the rule ${issue.code}`;
  }
};
