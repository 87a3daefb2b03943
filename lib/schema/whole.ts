/**
 * For a rule about a whole object: zod leaves it out once a member is wrong, and a caller would
 * hear of it one request later.
 */
export const evenIfMembersAreWrong = {
  when: ({ value }: { value: unknown }): boolean =>
    typeof value === 'object' && value !== null && !Array.isArray(value),
};
