import { flushCompileCache } from 'node:module';
import { isStartError } from '../../lib/platform/start-error.ts';

/** Messages of a child to its supervisor over the IPC channel. */
export type ChildMessage =
  | { kind: 'ready'; port: number }
  | { kind: 'failed' | 'ending'; reason: string }
  | { kind: 'notice'; text: string };

export interface Running {
  port: number;
  close(): Promise<void>;
}

const send = (message: ChildMessage): Promise<void> =>
  new Promise((resolve) => {
    if (process.send && process.connected) process.send(message, () => resolve());
    else resolve();
  });

/** One line for the terminal of the stack. */
export const notify = (text: string): void => void send({ kind: 'notice', text });

/** Ends this process. The supervisor shows why, and starts it again. */
export const giveUp = async (reason: string): Promise<void> => {
  process.stderr.write(`${reason}\n`);
  await send({ kind: 'ending', reason });
  process.exit(1);
};

/**
 * Gives back what starting has left, 50 MB of the service: V8 keeps it until there is load. Takes some 50 ms.
 * `last-resort` gives back the space for new objects too.
 */
export const collectGarbage = (): void => globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });

/** A message without a stack for the errors that people meet most. */
const explain = (error: unknown): string => {
  const { code, port, stack, message, cause } = error as NodeJS.ErrnoException & { port?: number };
  if (isStartError(error)) return message;
  if (code === 'EADDRINUSE') return `port ${port} is in use by another program`;
  return cause instanceof Error ? `${cause.message}\n${stack ?? message}` : (stack ?? message);
};

/**
 * Runs a child process: reports when it is ready, stops gracefully on SIGTERM, and ends at once
 * when the supervisor has ended, so that its ports are free. The supervisor handles Ctrl-C.
 */
export const runChild = async (start: () => Promise<Running>): Promise<void> => {
  process.on('disconnect', () => process.exit(1));
  process.on('SIGINT', () => {
    if (!process.connected) process.exit(130);
  });
  try {
    const running = await start();
    process.once('SIGTERM', () => {
      running.close().then(
        () => process.exit(0),
        (error: Error) => {
          process.stderr.write(`Stopping failed: ${error.stack}\n`);
          process.exit(1);
        },
      );
    });
    await send({ kind: 'ready', port: running.port });
    flushCompileCache();
  } catch (error) {
    await send({ kind: 'failed', reason: explain(error) });
    process.exit(1);
  }
};
