import type { Outcome } from './check.ts';

const MARKS = { passed: 'ok', failed: 'FAILED', skipped: 'SKIPPED' };
const EXCERPT = 800;
/** A service that answers nonsense does it often; the file for machines has all of it. */
const FAILURES_SHOWN = 5;

const timeOf = ({ outcome, duration_ms }: Outcome): string =>
  outcome === 'skipped' ? '' : duration_ms < 1_000 ? `${duration_ms} ms` : `${(duration_ms / 1_000).toFixed(1)} s`;

const indented = (text: string): string => text.slice(0, EXCERPT).trimEnd().replaceAll('\n', '\n            ');

/** One line a check; below it why it was skipped, what is wrong, or what was measured. */
export const showOutcome = (one: Outcome): string => {
  const hidden = one.failures.length - FAILURES_SHOWN;
  const more = [
    ...one.failures.slice(0, FAILURES_SHOWN),
    ...(hidden > 0 ? [`and ${hidden} more; --json has them all`] : []),
    ...(one.reason ? [one.reason] : []),
    ...(one.note ? [one.note] : []),
  ];
  const head = `${MARKS[one.outcome].padEnd(8)} ${timeOf(one).padStart(8)}  ${one.group}: ${one.name}`;
  return [head, ...more.map((text) => `            ${indented(text)}`)].join('\n');
};

const count = (outcomes: readonly Outcome[], wanted: Outcome['outcome']): number =>
  outcomes.filter(({ outcome }) => outcome === wanted).length;

export const summaryOf = (outcomes: readonly Outcome[]) => ({
  passed: count(outcomes, 'passed'),
  failed: count(outcomes, 'failed'),
  skipped: count(outcomes, 'skipped'),
});

/** What was not checked stands last, where it cannot be missed, by reason. */
export const showSummary = (outcomes: readonly Outcome[]): string => {
  const { passed, failed, skipped } = summaryOf(outcomes);
  const reasons = Map.groupBy(
    outcomes.filter(({ outcome }) => outcome === 'skipped'),
    ({ reason }) => reason ?? '',
  );
  const broken = outcomes.filter(({ outcome }) => outcome === 'failed');
  return [
    '',
    ...(broken.length > 0 ? ['FAILED', ...broken.map(({ group, name }) => `  ${group}: ${name}`)] : []),
    ...(reasons.size > 0 ? [`NOT CHECKED (${skipped})`] : []),
    ...[...reasons].map(([reason, all]) => `  ${all.length} x ${reason}`),
    `${passed} passed, ${failed} failed, ${skipped} skipped`,
  ].join('\n');
};
