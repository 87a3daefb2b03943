/** A CPU profile of a process that runs, by Node's inspector: it is opened by SIGUSR1, at any free port. */

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { until } from '../kit/until.ts';
import type { Profile } from './profile-parts.ts';

/** For the environment of the process. */
export const INSPECTABLE = { NODE_OPTIONS: '--inspect-port=0' };
const SAMPLED_EVERY_US = 500;
const ADDRESS = /ws:\/\/127\.0\.0\.1:\d+\/[\w-]+/;

interface Inspected {
  start(): Promise<void>;
  stop(): Promise<Profile>;
  close(): void;
}

/** @param log where the process says what address its inspector has */
export const inspect = async (pid: number, log: string): Promise<Inspected> => {
  process.kill(pid, 'SIGUSR1');
  const address = await until(`${log} names the inspector`, () => ADDRESS.exec(readFileSync(log, 'utf8'))?.[0], {
    deadlineMs: 5_000,
    everyMs: 50,
  });
  const socket = new WebSocket(address);
  await once(socket, 'open');
  let calls = 0;
  const call = async <T>(method: string, params: object = {}): Promise<T> => {
    calls += 1;
    const id = calls;
    socket.send(JSON.stringify({ id, method, params }));
    for (;;) {
      const [{ data }] = (await once(socket, 'message')) as [{ data: string }];
      const answer = JSON.parse(data) as { id?: number; result: T; error?: { message: string } };
      if (answer.error) throw new Error(`${method}: ${answer.error.message}`);
      if (answer.id === id) return answer.result;
    }
  };
  await call('Profiler.enable');
  await call('Profiler.setSamplingInterval', { interval: SAMPLED_EVERY_US });
  return {
    start: () => call('Profiler.start'),
    stop: async () => (await call<{ profile: Profile }>('Profiler.stop')).profile,
    close: () => socket.close(),
  };
};
