/** What was measured, for people: each attack before and now. */
import { shown } from '../stats.ts';
import type { Attack } from './attack.ts';
import { type Memory, misses, type Outcome, type Side } from './outcome.ts';

const showMemory = ({ before, peak, after }: Memory): string =>
  `${shown(before)} -> ${shown(peak)}, then ${shown(after)}`;

const showRefused = (lost: number, refused: Record<string, number>): string => {
  const all = Object.entries({ ...(lost > 0 && { 'delivery lost': lost }), ...refused });
  return all.map(([what, count]) => `${count} x ${what}`).join(', ') || 'none';
};

const header = [
  ...['attack', 'code', 'service MB', 'local AWS MB', 'CPU s of service, AWS'],
  ...[
    "others' deliveries late, p99, max ms",
    "others' GET p99, max ms",
    'others not served',
    'the attacker got',
    'met?',
  ],
];

const cellsOf = (outcome: Outcome, peace: Outcome | undefined): string[] => {
  if ('brokeOff' in outcome) return ['-', '-', '-', '-', '-', '-', outcome.brokeOff, 'NO'];
  const { serviceMb, awsMb, cpuSeconds, seconds, others, got } = outcome;
  return [
    showMemory(serviceMb),
    showMemory(awsMb),
    `${shown(cpuSeconds.service)}, ${shown(cpuSeconds.aws)} in ${shown(seconds)}`,
    `${shown(others.late.p99)}, ${shown(others.late.max)}`,
    `${shown(others.get.p99)}, ${shown(others.get.max)}`,
    showRefused(others.lost, others.refused),
    got.text,
    misses(outcome, peace).length === 0 ? 'yes' : 'NO',
  ];
};

const line = (cells: string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

/** Markdown; a row for each attack and side that has it. */
export const sideBySide = (attacks: Record<string, Attack>, sides: { name: string; side: Side }[]): string => {
  const rows = Object.entries(attacks).flatMap(([id, { what }]) =>
    sides.flatMap(({ name, side }) => {
      const outcome = side.outcomes[id];
      return outcome ? [line([what, name, ...cellsOf(outcome, side.outcomes.noAttack)])] : [];
    }),
  );
  return [line(header), line(header.map(() => '---')), ...rows].join('\n');
};

/** For the table of all figures, in one cell. */
export const inShort = (outcome: Outcome, peace?: Outcome): string => {
  if ('brokeOff' in outcome) return outcome.brokeOff;
  const { serviceMb, others } = outcome;
  const missed = misses(outcome, peace);
  const memory = `${showMemory(serviceMb)} MB; others' p99 ${shown(others.late.p99)} ms late, GET ${shown(others.get.p99)} ms`;
  return missed.length === 0 ? memory : `${memory}; ${missed.join(', ')}`;
};
