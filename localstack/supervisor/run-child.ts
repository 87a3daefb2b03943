import { flushCompileCache } from 'node:module';
import { isStartError } from '../../lib/platform/start-error.ts';

/** What a child tells its supervisor over the IPC channel. */
export type ChildMessage =
  | { kind: 'ready'; port: number }
  | { kind: 'failed' | 'ending'; reason: string }
  | { kind: 'notice'; text: string };

export interface Running {
  port: number;
  close(): Promise<void>;
}

const tell = (message: ChildMessage): Promise<void> =>
  new Promise((resolve) => {
    if (process.send && process.connected) process.send(message, () => resolve());
    else resolve();
  });

/** One line for the terminal of the stack. */
export const notify = (text: string): void => void tell({ kind: 'notice', text });

/** Ends this process, which can only be started anew. The supervisor tells people why. */
export const giveUp = async (reason: string): Promise<void> => {
  process.stderr.write(`${reason}\n`);
  await tell({ kind: 'ending', reason });
  process.exit(1);
};

/** What people meet most deserves plain words; the rest deserves its stack. */
const explain = (error: unknown): string => {
  const { code, port, stack, message, cause } = error as NodeJS.ErrnoException & { port?: number };
  if (isStartError(error)) return message;
  if (code === 'EADDRINUSE') return `port ${port} is in use by another program`;
  return cause instanceof Error ? `${cause.message}\n${stack ?? message}` : (stack ?? message);
};

/**
 * The life of a child process: start, say so, stop gracefully on SIGTERM, and end at once when the supervisor is gone
 * (the channel closes whatever way it died), so that nothing keeps the ports. Ctrl-C is the supervisor's to handle.
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
    await tell({ kind: 'ready', port: running.port });
    flushCompileCache();
  } catch (error) {
    await tell({ kind: 'failed', reason: explain(error) });
    process.exit(1);
  }
};
