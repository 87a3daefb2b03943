import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Arrival, FromReceiver, ToReceiver } from './receiver.ts';

export interface Receiver {
  url: string;
  /**
   * Of each of its ports, without a path: `/hook` answers at once, `/after/<ms>` later, `/hang`
   * never, `/status/<code>` with that.
   */
  origins: string[];
  pid: number;
  arrivals(): Promise<Arrival[]>;
  /** Those since the last call, which it forgets. */
  take(): Promise<Arrival[]>;
  clear(): void;
  close(): Promise<void>;
}

const path = fileURLToPath(new URL('./receiver.ts', import.meta.url));

export const startReceiver = async (ports = 1): Promise<Receiver> => {
  const child = fork(path, [String(ports)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const answer = async <K extends FromReceiver['kind']>(kind: K): Promise<Extract<FromReceiver, { kind: K }>> => {
    const [message] = (await once(child, 'message')) as [FromReceiver];
    if (message.kind !== kind) throw new Error(`The receiver said ${message.kind} instead of ${kind}`);
    return message as Extract<FromReceiver, { kind: K }>;
  };
  const send = (message: ToReceiver): void => void child.send(message);
  const { ports: open } = await answer('listening');
  const origins = open.map((port) => `http://127.0.0.1:${port}`);
  return {
    url: `${origins[0]}/hook`,
    origins,
    pid: child.pid ?? 0,
    arrivals: async () => {
      send('report');
      return (await answer('arrivals')).arrivals;
    },
    take: async () => {
      send('take');
      return (await answer('arrivals')).arrivals;
    },
    clear: () => send('clear'),
    close: async () => {
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
};
