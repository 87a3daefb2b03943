/** What erasure knows while it goes through the fields of a record. */
export interface Eraser {
  jobId: string;
  /** Whether an id that a client gave is itself what is to be erased, or contains it. */
  names(text: string): boolean;
  /** Random: replaces an id, so that the records of one entity do not become another's. */
  token(): string;
}

/** In place of a recipient. No channel accepts it. */
export const ERASED = 'erased';

/** An id that stays unless it names the person: then a random one takes its place. */
export const unlessNamed = (text: string, by: Eraser): string => (by.names(text) ? `${ERASED}-${by.token()}` : text);

export const isErased = (item: { erasedAt?: number }): boolean => item.erasedAt !== undefined;
