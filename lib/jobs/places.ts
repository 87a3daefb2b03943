/** Which jobs of a tenant run and which wait, in one item: hosts cannot count differently. Pure. */
import { field, list, PLAIN, required, type Stored } from '../store/fields.ts';

export const RUNNING_MAX = 4;
export const QUEUED_MAX = 100;
/** So long after it took its place a job may be stored. */
const RESERVED_MS = 60_000;
const UNKNOWN_HELD_MS = 86_400_000;

export interface Place {
  id: string;
  /** When it was taken; wall-clock time, epoch ms. */
  at: number;
}

export const placesFields = {
  id: field(required<string>('id'), PLAIN),
  tenant: field(required<string>('tenant'), PLAIN),
  running: field(list<Place>('running'), PLAIN),
  /** First come, first served. */
  queued: field(list<Place>('queued'), PLAIN),
  createdAt: field(required<number>('created_at'), PLAIN),
  writeId: field(required<string>('write_id'), PLAIN),
};
export interface Places extends Stored<typeof placesFields> {}

export const placesId = (tenant: string): string => `jobs_${tenant}`;

const has = (places: readonly Place[], id: string): boolean => places.some((place) => place.id === id);
export const isRunning = ({ running }: Places, id: string): boolean => has(running, id);
export const isListed = ({ running, queued }: Places, id: string): boolean => has(running, id) || has(queued, id);

/** The places that were given to jobs that had waited. */
export const promoted = (before: Places, after: Places): Place[] =>
  after.running.filter(({ id }) => !isRunning(before, id));

const filled = (places: Places, writeId: string): Places => {
  const free = Math.max(0, RUNNING_MAX - places.running.length);
  const { running, queued } = places;
  return { ...places, running: [...running, ...queued.slice(0, free)], queued: queued.slice(free), writeId };
};

/** Undefined where there is no place. `isOwed`: to a job that is stored, whatever the limits. */
export const taken = (places: Places, place: Place, writeId: string, isOwed = false): Places | undefined => {
  if (isListed(places, place.id)) return places;
  const next = filled({ ...places, queued: [...places.queued, place] }, writeId);
  return next.queued.length <= QUEUED_MAX || isOwed ? next : undefined;
};

/** For a job that is running, and is not listed. */
export const resumed = (places: Places, place: Place, writeId: string): Places =>
  isListed(places, place.id) ? places : { ...places, running: [...places.running, place], writeId };

/** Those that waited longest get the places of `gone`. */
export const left = (places: Places, gone: ReadonlySet<string>, writeId: string): Places => {
  const stays = ({ id }: Place): boolean => !gone.has(id);
  const { running, queued } = places;
  const next = filled({ ...places, running: running.filter(stays), queued: queued.filter(stays) }, writeId);
  const isSame = next.running.length === running.length && next.queued.length === queued.length;
  return isSame ? places : next;
};

/**
 * Of a place whose job is not found: it should be stored by now, so the request that ordered it has crashed.
 * One of a kind that this release does not know may be there; a release that knows it gives the place back.
 */
export const isLapsed = ({ at }: Place, real: number, isKnown: boolean): boolean =>
  real - at > (isKnown ? RESERVED_MS : UNKNOWN_HELD_MS);
