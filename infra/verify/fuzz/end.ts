/** What must hold when a run is over: the processes, their memory, their log, and the records they keep. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stack } from '../../../localstack/testing/stack.ts';
import type { FuzzContext } from './explore.ts';
import { MARK } from './fields.ts';
import { judgeRecords } from './records.ts';

export interface Start {
  pids: Record<string, number>;
  directory: string;
  /** Of the service, after the first campaign. */
  warmMb: number | undefined;
  say: (line: string) => void;
}

/**
 * What V8 takes for itself under load comes back late; what leaks by the request is more than this
 * after a run.
 */
const GROWTH_MB_MAX = 200;

/** Resident memory, MB; undefined where there is no /proc. */
export const residentMb = (pid: number): number | undefined => {
  const path = `/proc/${pid}/status`;
  if (!existsSync(path)) return undefined;
  const kilobytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync(path, 'utf8'))?.[1];
  return kilobytes === undefined ? undefined : Math.round(Number(kilobytes) / 1_000);
};

const judgeMemory = (stack: Stack, { warmMb, say }: Start): string[] => {
  const nowMb = residentMb(stack.pids().service);
  if (warmMb === undefined || nowMb === undefined) return [];
  say(`memory of the service: ${warmMb} MB after the first campaign, ${nowMb} MB at the end`);
  return nowMb - warmMb > GROWTH_MB_MAX ? [`the service grew from ${warmMb} to ${nowMb} MB`] : [];
};

const linesOf = (path: string): string[] => (existsSync(path) ? readFileSync(path, 'utf8').split('\n') : []);

/**
 * A recipient that was taken belongs to the store alone; an unexpected error is a finding though
 * its answer was none.
 */
const judgeLog = (directory: string): string[] => {
  const lines = ['service.log', 'service.log.1', 'aws.log'].flatMap((name) => linesOf(join(directory, name)));
  const telling = lines.filter((line) => line.includes(MARK));
  const failed = lines.filter((line) => line.includes('"level":"ERROR"') || /unhandled|uncaught/i.test(line));
  return [
    ...(telling.length > 0
      ? [`${telling.length} lines of the log have a recipient, e.g. ${telling[0]?.slice(0, 400)}`]
      : []),
    ...(failed.length > 0 ? [`${failed.length} errors in the log, e.g. ${failed[0]?.slice(0, 600)}`] : []),
  ];
};

const judgeProcesses = (stack: Stack, { pids }: Start): string[] =>
  Object.entries(stack.pids())
    .filter(([name, pid]) => pids[name] !== pid)
    .map(([name]) => `${name} is another process than at the beginning`);

export const judgeEnd = async (context: FuzzContext, stack: Stack, start: Start): Promise<void> => {
  await judgeRecords(context);
  const findings = [...judgeProcesses(stack, start), ...judgeMemory(stack, start), ...judgeLog(start.directory)];
  for (const what of findings) context.tally.found({ campaign: 'end', what, command: '' });
};
