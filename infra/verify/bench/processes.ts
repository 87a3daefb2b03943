/** What Linux says about processes: memory, processor time, children. */
import { readdirSync, readFileSync } from 'node:fs';

/** USER_HZ, fixed on Linux whatever the kernel ticks at. */
const TICKS_PER_SECOND = 100;

const statOf = (pid: number): string[] => {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name is in parentheses and may hold spaces; what follows it is numbers.
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
};

const memoryMb = (pid: number, field: string): number => {
  const line = new RegExp(`${field}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return (Number(line ?? 0) * 1_024) / 1e6;
};

/** Resident memory of one process, MB (10^6 bytes). */
export const rssMb = (pid: number): number => memoryMb(pid, 'VmRSS');

/**
 * What of it is no page of a file, which the kernel takes back as it likes: a store that maps its
 * files has more of those the more it holds.
 */
export const anonymousMb = (pid: number): number => memoryMb(pid, 'RssAnon');

/** Processor time used so far, user and system, ms. */
export const cpuMs = (pid: number): number => {
  const stat = statOf(pid);
  return ((Number(stat[11]) + Number(stat[12])) * 1_000) / TICKS_PER_SECOND;
};

/** Undefined for a process that has just ended: the machine's others come and go while they are listed. */
const parentOf = (pid: number): number | undefined => {
  try {
    return Number(statOf(pid)[1]);
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
};

/** `pid` and everything below it. */
export const treeOf = (pid: number): number[] => {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), parent: parentOf(Number(name)) }));
  const below = (root: number): number[] => [
    root,
    ...parents.filter(({ parent }) => parent === root).flatMap((child) => below(child.pid)),
  ];
  return below(pid);
};

export const commandOf = (pid: number): string =>
  readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean).join(' ');
