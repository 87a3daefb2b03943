/** ISO 8601 durations of a fixed length: a day is 24 hours, and there are no months or years. */
export const DURATION =
  /^P(?=\d|T\d)(?:(\d{1,3})W)?(?:(\d{1,3})D)?(?:T(?=\d)(?:(\d{1,4})H)?(?:(\d{1,6})M)?(?:(\d{1,8}(?:\.\d{1,3})?)S)?)?$/;
const UNITS_MS = [7 * 86_400_000, 86_400_000, 3_600_000, 60_000, 1_000];

/** `P1DT12H` -> ms; NaN for any other text. */
export const durationMs = (text: string): number => {
  const match = DURATION.exec(text);
  if (!match) return Number.NaN;
  return Math.round(UNITS_MS.reduce((total, unitMs, index) => total + Number(match[index + 1] ?? 0) * unitMs, 0));
};
