/** Of such a stage nothing is removed, and no private address is called. */
export const isProd = (stage: string): boolean => /^prod/i.test(stage);
