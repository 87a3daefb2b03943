import { invalidValue } from '../errors.ts';
import { integerOf, type SqsRequest, textOf } from './request.ts';

const PAGE_MAX = 1_000;

/** A page by `MaxResults` and `NextToken`, which is the last text of the previous page. */
export const pageOf = (sorted: string[], request: SqsRequest): { items: string[]; next: { NextToken?: string } } => {
  const max = integerOf(request, 'MaxResults');
  if (max !== undefined && (max < 1 || max > PAGE_MAX))
    throw invalidValue('MaxResults', max, `Must be an integer from 1 to ${PAGE_MAX}.`);
  const after = Buffer.from(textOf(request, 'NextToken') ?? '', 'base64url').toString();
  const rest = sorted.filter((text) => text > after);
  const items = rest.slice(0, max ?? PAGE_MAX);
  const last = items.at(-1);
  if (last === undefined || items.length === rest.length) return { items, next: {} };
  return { items, next: { NextToken: Buffer.from(last).toString('base64url') } };
};
