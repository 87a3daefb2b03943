/** What the cases came to, as a table for people. */
import type { Row } from './case.ts';

const HEAD = [
  'what happens',
  'accepted',
  'answers, connections',
  'sent',
  'received',
  'doubled, by cause',
  'lost',
  'all delivered after',
];

const doubles = (causes: Record<string, number>): string =>
  Object.entries(causes)
    .map(([cause, count]) => `${count} ${cause}`)
    .join(', ') || '0';

const seenText = (seen: Record<string, number>): string =>
  Object.entries(seen)
    .map(([what, count]) => `${count} x ${what}`)
    .join(', ');

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

export const tableOf = (rows: readonly Row[]): string =>
  [
    line(HEAD),
    line(HEAD.map(() => '---')),
    ...rows.map(({ name, account, received, seen, recoveryMs }) =>
      line([
        name,
        String(account.accepted),
        seenText(seen),
        String(account.sent),
        String(received),
        doubles(account.duplicates),
        String(account.lost),
        `${(recoveryMs / 1_000).toFixed(0)} s`,
      ]),
    ),
  ].join('\n');
