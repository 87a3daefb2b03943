/** The members that are there: what is `undefined` is left out, as exact optional properties want it. */
export const given = <T extends Record<string, unknown>>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never;
