import type { Log } from '../../lib/telemetry/log-interface.ts';

const line =
  (level: string) =>
  (message: string, fields?: Record<string, unknown>): void =>
    void process.stdout.write(`${JSON.stringify({ level, message, ...fields })}\n`);

/** One JSON object a line, on standard output. */
export const jsonLog: Log = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
