import { cpus, loadavg, totalmem } from 'node:os';

export interface Machine {
  cpu: string;
  cores: number;
  memoryGb: number;
  node: string;
  /** Of the minute before: above 0.5 other programs were at work, and the figures are noisy. */
  loadBefore: number;
}

export const describeMachine = (): Machine => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  loadBefore: Math.round((loadavg()[0] ?? 0) * 100) / 100,
});

export const showMachine = ({ cpu, cores, memoryGb, node, loadBefore }: Machine): string =>
  `${cpu}, ${cores} cores, ${memoryGb} GB, node ${node}, load before ${loadBefore}`;
