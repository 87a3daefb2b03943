/** A copy without some of its optional members. */
export const omit = <T extends object>(item: T, ...keys: (keyof T)[]): T => {
  const rest = { ...item };
  for (const key of keys) delete rest[key];
  return rest;
};
