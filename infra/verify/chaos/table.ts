/** The table that a run prints, as Markdown. */
import type { Recovery } from './recovery.ts';
import type { Result } from './scenario.ts';

const HEAD = [
  'scenario',
  'accepted',
  'refused (503, 429)',
  'sent',
  'failed',
  'canceled (200), of them received',
  'too late (409), of them never ended',
  'lost',
  'duplicates, by cause',
  'recovery',
];

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

/** Real time, and the business time that was moved on meanwhile. */
const recoveryText = (recovery: Recovery | undefined): string => {
  if (!recovery) return 'never';
  const moved = recovery.movedMs > 0 ? ` + ${Math.round(recovery.movedMs / 60_000)} min` : '';
  return seconds(recovery.realMs) + moved;
};

const duplicatesText = (causes: Record<string, number>): string =>
  Object.entries(causes)
    .map(([cause, count]) => `${count} ${cause}`)
    .join(', ') || 'none';

const cells = ({ name, account, recovery }: Result): string[] => [
  name,
  String(account.accepted),
  account.unanswered > 0 ? `${account.refused}, ${account.unanswered} unanswered` : String(account.refused),
  String(account.sent),
  String(account.failed),
  `${account.canceled}, ${account.canceledAndReceived}`,
  `${account.tooLate}, ${account.tooLateAndOpen}`,
  String(account.lost),
  duplicatesText(account.duplicates) + (account.earlyMs > 1 ? `; early by ${seconds(account.earlyMs)}` : ''),
  recoveryText(recovery),
];

const line = (columns: readonly string[]): string => `| ${columns.join(' | ')} |`;

const total = (results: readonly Result[], of: (result: Result) => number): string =>
  String(results.reduce((sum, result) => sum + of(result), 0));

const totals = (results: readonly Result[]): string[] => {
  const sum = (of: (result: Result) => number): string => total(results, of);
  return [
    'all',
    sum(({ account }) => account.accepted),
    sum(({ account }) => account.refused),
    sum(({ account }) => account.sent),
    sum(({ account }) => account.failed),
    `${sum(({ account }) => account.canceled)}, ${sum(({ account }) => account.canceledAndReceived)}`,
    `${sum(({ account }) => account.tooLate)}, ${sum(({ account }) => account.tooLateAndOpen)}`,
    sum(({ account }) => account.lost),
    sum(({ account }) => Object.values(account.duplicates).reduce((a, b) => a + b, 0)),
    '',
  ];
};

export const tableOf = (results: readonly Result[]): string =>
  [line(HEAD), line(HEAD.map(() => '---')), ...results.map((one) => line(cells(one))), line(totals(results))].join(
    '\n',
  );
