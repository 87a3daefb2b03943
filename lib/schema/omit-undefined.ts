/** Longer than any member with a rule beyond its schema. */
const TEXT_MAX = 4_096;

/**
 * A member for the rules beyond its schema. What is no text, or too long for any, is given all the
 * same, and breaks them.
 */
export const textOf = (member: unknown): string | undefined => {
  if (member === undefined) return undefined;
  return typeof member === 'string' && member.length <= TEXT_MAX ? member : '';
};

/** The members that are there: what is `undefined` is left out, as exact optional properties want it. */
export const omitUndefined = <T extends Record<string, unknown>>(
  members: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never;
