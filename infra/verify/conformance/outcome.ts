/** Thrown by a check that finds that this target cannot be asked. */
export class Skipped extends Error {}
