import { SqsError } from '../errors.ts';
import { recordsOf, requiredTextOf, type SqsRequest } from './request.ts';

const ENTRIES_MAX = 10;
const ENTRY_ID = /^[\w-]{1,80}$/;

/** @throws SqsError when the batch as a whole is refused: its number of entries, or their ids. */
export const entriesOf = (request: SqsRequest): SqsRequest[] => {
  const entries = recordsOf(request, 'Entries') ?? [];
  if (entries.length === 0) throw new SqsError('EmptyBatchRequest', 'The batch request does not contain any entries.');
  if (entries.length > ENTRIES_MAX) {
    const message = `Maximum number of entries per request are ${ENTRIES_MAX}. You have sent ${entries.length}.`;
    throw new SqsError('TooManyEntriesInBatchRequest', message);
  }
  const ids = new Set<string>();
  for (const { Id: id } of entries) {
    if (!ENTRY_ID.test(String(id ?? ''))) {
      const rule = 'A batch entry id can only contain alphanumeric characters, hyphens and underscores.';
      throw new SqsError('InvalidBatchEntryId', `${rule} It can be at most 80 letters long.`);
    }
    if (ids.has(String(id))) throw new SqsError('BatchEntryIdsNotDistinct', `Id ${id} repeated.`);
    ids.add(String(id));
  }
  return entries;
};

interface Failed {
  Id: string;
  SenderFault: true;
  Code: string;
  Message: string;
}

/** Handles each entry by itself: those that fail are listed, the others succeed. */
export const forEachEntry = (entries: SqsRequest[], handle: (entry: SqsRequest) => object) => {
  const Successful: object[] = [];
  const Failed: Failed[] = [];
  for (const entry of entries) {
    const Id = requiredTextOf(entry, 'Id');
    try {
      Successful.push({ Id, ...handle(entry) });
    } catch (error) {
      if (!(error instanceof SqsError)) throw error;
      Failed.push({ Id, SenderFault: true, Code: error.queryCode, Message: error.message });
    }
  }
  return { Successful, Failed };
};
