/**
 * What became of each member, a page of the job's walk in one item. It is written once, before the job's
 * progress: what it says is what the job counts, whichever worker repeats the page.
 */
import * as z from 'zod';
import { type Status, statusSchema } from '../notifications/notification.ts';
import { derivedId } from '../platform/random.ts';
import { field, list, optional, PLAIN, required, type Stored } from '../store/fields.ts';
import type { ItemStore } from '../store/item-store.ts';
import type { Page } from '../store/page.ts';

export const OUTCOMES = ['changed', 'too_late', 'not_applicable', 'failed'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface Result {
  id: string;
  outcome: Outcome;
  /** After the command; absent where there is no such notification any more. */
  status?: Status;
  /** Of a failed one: the rule that refused it. */
  detail?: string;
}

export const resultViewSchema = z
  .object({
    id: z.string(),
    outcome: z.enum(OUTCOMES).meta({ id: 'BulkOutcome' }),
    status: statusSchema.optional(),
    detail: z.string().optional().meta({ description: 'Of a failed one: the rule that refused it.' }),
  })
  .meta({ id: 'BulkResult' });

export const resultPageFields = {
  id: field(required<string>('id'), PLAIN),
  tenant: field(required<string>('tenant'), PLAIN),
  results: field(list<Result>('results'), PLAIN),
  createdAt: field(required<number>('created_at'), PLAIN),
  /** Epoch seconds. */
  expiresAt: field(optional<number>('expires_at'), PLAIN),
  writeId: field(required<string>('write_id'), PLAIN),
};
export interface ResultPage extends Stored<typeof resultPageFields> {}

export const resultPageId = (jobId: string, number: number): string => derivedId('res_', jobId, String(number));

type ResultPages = Pick<ItemStore<ResultPage>, 'get'>;

const placeOf = (before: string | undefined): [number, number] => {
  const [page = 0, offset = 0] = before?.split('.').map(Number) ?? [];
  return [page, offset];
};

/** In the order in which they were dealt with. @param pages how many the job has written */
export const readResults = async (
  store: ResultPages,
  { id, pages }: { id: string; pages: number },
  { limit, before }: { limit: number; before?: string },
): Promise<Page<Result>> => {
  const items: Result[] = [];
  let [number, offset] = placeOf(before);
  while (number < pages && items.length < limit) {
    const { results = [] } = (await store.get(resultPageId(id, number))) ?? {};
    const end = offset + limit - items.length;
    items.push(...results.slice(offset, end));
    [number, offset] = end < results.length ? [number, end] : [number + 1, 0];
  }
  return { items, ...(number < pages && { next: `${number}.${offset}` }) };
};
