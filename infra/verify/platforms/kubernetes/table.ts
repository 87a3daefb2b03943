/** The results of the cases, as a table. */
import type { Row } from './case.ts';

const HEAD = [
  'what happens',
  'accepted',
  'answers, connections',
  'sent',
  'received',
  'attempts besides',
  'doubled, by cause',
  'lost',
  'all delivered after',
];

const counts = (of: Record<string, number>): string =>
  Object.entries(of)
    .map(([what, count]) => `${count} x ${what}`)
    .join(', ') || '0';

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

export const tableOf = (rows: readonly Row[]): string =>
  [
    line(HEAD),
    line(HEAD.map(() => '---')),
    ...rows.map(({ name, account, received, retried, seen, recoveryMs }) =>
      line([
        name,
        String(account.accepted),
        counts(seen),
        String(account.sent),
        String(received),
        counts(retried),
        counts(account.duplicates),
        String(account.lost),
        `${(recoveryMs / 1_000).toFixed(0)} s`,
      ]),
    ),
  ].join('\n');
