import { readFileSync } from 'node:fs';

const checkMs = 500;

/** The parent of another process, on Linux; elsewhere unknown. The name in `stat` may hold spaces and brackets. */
const parentOf = (pid: number): number | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
};

/**
 * Calls `onGone` once when whoever started this process has gone, so that nothing holds the ports. Known are two starters:
 * one that opened an IPC channel, and npm, which starts a shell that starts us: on SIGTERM npm ends the shell alone, and
 * killed it leaves the shell behind. Started in any other way, by a shell that people close for example, we stay.
 */
export const watchParent = (env: NodeJS.ProcessEnv, onGone: () => void): void => {
  if (process.connected) process.once('disconnect', onGone);
  if (env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const grandparent = parentOf(parent);
  const timer = setInterval(() => {
    if (process.ppid === parent && parentOf(parent) === grandparent) return;
    clearInterval(timer);
    onGone();
  }, checkMs).unref();
};
