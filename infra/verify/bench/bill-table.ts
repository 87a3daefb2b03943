/** The bill as markdown: a line for each component, a column for each thing that is charged. */
import type { Component } from './bill-flow.ts';
import { billedMs, type Lines, linesOf, totalOf } from './bill-lines.ts';
import { shown } from './stats.ts';

const COLUMNS: (keyof Lines)[] = ['api', 'lambda', 'writes', 'reads', 'sqs', 'scheduler', 'logs', 'egress'];
const MILLION = 1e6;

const dollars = (value: number): string => (value === 0 ? '' : value.toFixed(2));
const row = (cells: string[]): string => `| ${cells.join(' | ')} |`;

/** Per million: what a flow of `count` used, scaled. */
export const perMillion = (components: Component[], count: number): number =>
  components.reduce((total, one) => total + (totalOf(linesOf(one)) * MILLION) / count, 0);

const used = (component: Component, count: number): string => {
  const { usage, invocations } = component;
  const calls = Object.entries(usage.calls).map(([name, times]) => `${shown(times / count)} ${name}`);
  const units =
    usage.writeUnits > 0
      ? [`${shown(usage.writeUnits / count)} WRU (${shown(usage.indexWriteUnits / count)} for indexes)`]
      : [];
  const reads = usage.readUnits > 0 ? [`${shown(usage.readUnits / count)} RRU`] : [];
  const time =
    invocations > 0 ? [`${shown(billedMs(component) / invocations)} ms x ${shown(invocations / count)}`] : [];
  return [...calls, ...units, ...reads, ...time].join(', ');
};

export const billTable = (components: Component[], count: number): string => {
  const line = (component: Component): string => {
    const lines = linesOf(component);
    const scaled = COLUMNS.map((column) => (lines[column] * MILLION) / count);
    return row([
      component.name,
      used(component, count),
      ...scaled.map(dollars),
      dollars((totalOf(lines) * MILLION) / count),
    ]);
  };
  const head = ['component', 'used by one notification', ...COLUMNS, '$ a million'];
  return [row(head), row(head.map(() => '---')), ...components.map(line)].join('\n');
};
