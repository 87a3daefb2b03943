/** What a run has seen: how much was sent, what was taken, what was found. */
import type { Answer } from '../kit/client.ts';
import type { FuzzRequest } from './request.ts';

export interface Finding {
  campaign: string;
  what: string;
  /** A command that shows it. */
  command: string;
}

/** `/api/v1/events/{id}/x` -> `/api/v1/events`: where the ids of a noun come from. */
export const collectionOf = (template: string): string => template.split('/{')[0] ?? template;

interface Made {
  id?: string;
}

/** The ids of an answer: one record, or a batch of them. */
const idsIn = (text: string): string[] => {
  const made = JSON.parse(text) as (Made & { results?: Made[] }) | Made[];
  const records = Array.isArray(made) ? made : (made.results ?? [made]);
  return records.flatMap(({ id }) => id ?? []);
};
const isBatch = (path: string): boolean => /\/batch\/?$/.test(path.split('?')[0] ?? '');

/** Of each collection: the newest are as good as all. */
const KEPT = 500;

export const makeTally = () => {
  const taken = new Map<string, string>();
  const sent = new Map<string, Map<number, number>>();
  const ids = new Map<string, string[]>();
  const findings = new Map<string, Finding>();
  let requests = 0;

  return {
    /** Counts one, and remembers the id it made. */
    saw: (name: string, { method, path }: FuzzRequest, { status, headers, text }: Answer<unknown>): void => {
      requests += 1;
      const byStatus = sent.get(name) ?? new Map<number, number>();
      byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
      sent.set(name, byStatus);
      // Of what is canceled by DELETE the list goes on to show it.
      if (method === 'DELETE' && (status === 204 || (status === 200 && path.includes('/schedules/'))))
        taken.delete(path.split('?')[0]?.replace(/\/$/, '').split('/').at(-1) ?? '');
      const location = headers.get('location')?.split('/').at(-1);
      if (method !== 'POST' || status >= 300) return;
      if (location === undefined && status !== 201 && !isBatch(path)) return;
      const collection = (path.split('?')[0] ?? '').replace(/(\/batch)?\/?$/, '');
      const made = location === undefined ? idsIn(text) : [location];
      for (const id of made) taken.set(id, collection);
      ids.set(collection, [...(ids.get(collection) ?? []), ...made].slice(-KEPT));
    },
    /** What came by another way than `saw`. */
    took: (id: string, collection: string): void => void taken.set(id, collection),
    count: (): void => {
      requests += 1;
    },
    /** id -> the collection that it was posted to, of all that was made */
    taken: (): ReadonlyMap<string, string> => taken,
    /** One of the ids made so far under the collection of a template; undefined while there is none. */
    pick: (template: string, index: number): string | undefined => {
      const known = ids.get(collectionOf(template)) ?? [];
      return known[index % Math.max(known.length, 1)];
    },
    /** The same thing in the same campaign is reported once. */
    found: (finding: Finding): void => {
      const key = `${finding.campaign} ${finding.what.slice(0, 120)}`;
      if (!findings.has(key)) findings.set(key, finding);
    },
    findings: (): Finding[] => [...findings.values()],
    requests: (): number => requests,
    /** name -> status -> how many */
    counts: (): ReadonlyMap<string, ReadonlyMap<number, number>> => sent,
  };
};

export type Tally = ReturnType<typeof makeTally>;
