/** The table: on the terminal, and kept in README.md with what made it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Machine, showMachine } from './machine.ts';
import type { Figure, Result } from './row.ts';

export interface Kept extends Result {
  /** ISO date of the run. */
  date: string;
  machine: Machine;
  command: string;
}

const pathOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export const readKept = (): Record<string, Kept> => JSON.parse(readFileSync(pathOf('./results.json'), 'utf8'));

const verdict = ({ met }: Figure): string => (met === undefined ? '-' : met ? 'yes' : 'NO');
const cells = (figure: Figure): string[] => [figure.what, figure.goal, figure.measured, verdict(figure)];
const header = ['what', 'goal', 'measured', 'met?'];

/** Columns as wide as their widest cell. */
export const showTable = (figures: Figure[]): string => {
  const lines = [header, ...figures.map(cells)];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};

const markdownRow = (line: string[]): string => `| ${line.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

const section = (name: string, kept: Kept): string =>
  [`## ${name}`, `\`${kept.command}\`, ${kept.date}, ${showMachine(kept.machine)}`, ...kept.notes].join('\n\n');

const introduction = `# Figures

What the service promises about lateness, loss, load and cost, measured on the real stack: three processes on one machine, everything over
HTTP on loopback, load generator and receiver beside them. \`npm run bench\` measures every row,
\`npm run bench -- burst post\` some, \`--write\` keeps what was measured in this file.
The figures of one machine say little about another; the load before each run is given because neighbours make noise.`;

/** \`order\`: the rows as they should appear. */
const page = (kept: Record<string, Kept>, order: string[]): string => {
  const known = order.flatMap((name) => (kept[name] ? [{ name, ...kept[name] }] : []));
  const table = [
    markdownRow([...header, 'row']),
    markdownRow(['---', '---', '---', '---', '---']),
    ...known.flatMap(({ name, figures }) =>
      figures.map((figure) => markdownRow([...cells(figure), `[${name}](#${name})`])),
    ),
  ];
  return `${[introduction, table.join('\n'), ...known.map(({ name, ...one }) => section(name, one))].join('\n\n')}\n`;
};

/** Adds what was measured to what was kept, and writes both files again. */
export const keep = (measured: Record<string, Kept>, order: string[]): void => {
  const kept = { ...readKept(), ...measured };
  writeFileSync(pathOf('./results.json'), `${JSON.stringify(kept, null, 2)}\n`);
  writeFileSync(pathOf('./README.md'), page(kept, order));
};
