/** Local time by `Intl` alone: a function that delivers has no Temporal, which is 20 KB of a bundle. */
const OFFSET = /([+-])(\d{2}):(\d{2})/;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

export interface Zone {
  /** The local time of an instant, as the epoch ms of the same digits in UTC. */
  localOf(at: number): number;
  /** The instant of a local time; in a DST gap it moves on by the gap, in an overlap it is the earlier. */
  instantOf(local: number): number;
}

/** @param name a time zone of the IANA database. Throws a RangeError for any other */
export const makeZone = (name: string): Zone => {
  const format = new Intl.DateTimeFormat('en', { timeZone: name, timeZoneName: 'longOffset' });

  const offsetAt = (at: number): number => {
    const text = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const [, sign, hours, minutes] = OFFSET.exec(text) ?? [];
    const ms = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * MINUTE_MS;
    return sign === '-' ? -ms : ms;
  };

  return {
    localOf: (at) => at + offsetAt(at),
    instantOf: (local) => {
      const before = local - offsetAt(local - DAY_MS);
      if (before + offsetAt(before) === local) return before;
      const after = local - offsetAt(local + DAY_MS);
      return after + offsetAt(after) === local ? after : before;
    },
  };
};
