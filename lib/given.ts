/** A member that should be text, for the rules beyond its schema: what is something else is given too, and breaks them. */
export const textOf = (member: unknown): string | undefined =>
  member === undefined || typeof member === 'string' ? member : '';

/** The members that are there: what is `undefined` is left out, as exact optional properties want it. */
export const given = <T extends Record<string, unknown>>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never;
