import { readFileSync } from 'node:fs';

const CHECK_MS = 500;

/** The parent of another process, on Linux. The name in `stat` may have spaces and brackets. */
const parentOf = (pid: number): number | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
};

/**
 * Calls `onGone` once when the starter has ended: one with an IPC channel, or npm, which starts a
 * shell that starts this process. SIGTERM of npm ends the shell alone, SIGKILL leaves the shell.
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
  }, CHECK_MS).unref();
};
