import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Arrival, FromReceiver, ToReceiver } from './receiver.ts';

export interface Receiver {
  url: string;
  pid: number;
  arrivals(): Promise<Arrival[]>;
  clear(): void;
  close(): Promise<void>;
}

const path = fileURLToPath(new URL('./receiver.ts', import.meta.url));

export const startReceiver = async (): Promise<Receiver> => {
  const child = fork(path, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const answer = async <K extends FromReceiver['kind']>(kind: K): Promise<Extract<FromReceiver, { kind: K }>> => {
    const [message] = (await once(child, 'message')) as [FromReceiver];
    if (message.kind !== kind) throw new Error(`The receiver said ${message.kind} instead of ${kind}`);
    return message as Extract<FromReceiver, { kind: K }>;
  };
  const send = (message: ToReceiver): void => void child.send(message);
  const { port } = await answer('listening');
  return {
    url: `http://127.0.0.1:${port}/hook`,
    pid: child.pid ?? 0,
    arrivals: async () => {
      send('report');
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
