/**
 * The life of a process that a container, or a shell, starts and ends. Imports next to nothing, so
 * that it hears a signal from the first moment.
 */
import { isStartError } from '../platform/start-error.ts';

export interface Running {
  /** Finishes what is in flight; afterwards the process may end. */
  close(): Promise<void>;
}

const print = (text: string): void => void process.stderr.write(`${text}\n`);

/** A message for people where one is known, else the stack. */
const explain = (error: unknown): string => {
  if (isStartError(error)) return error.message;
  const { code, port, stack, message } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE') return `Port ${port} is in use by another program.`;
  return stack ?? message ?? String(error);
};

/**
 * Starts, and ends on SIGTERM or SIGINT with 0, or 1 when that fails; a signal before the start is over ends
 * it at once. Without a handler a container's first process would not get SIGTERM.
 */
export const runProcess = async (start: () => Promise<Running>): Promise<void> => {
  let running: Running | undefined;
  let ending = false;
  const end = (): void => {
    if (ending) return;
    ending = true;
    if (!running) process.exit(0);
    running.close().then(
      () => process.exit(0),
      (error: unknown) => {
        print(`It did not stop cleanly: ${explain(error)}`);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  try {
    running = await start();
  } catch (error) {
    print(explain(error));
    process.exit(isStartError(error) ? error.exitCode : 1);
  }
};
