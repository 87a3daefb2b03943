import { setTimeout as sleep } from 'node:timers/promises';
import type { Faults } from '../faults.ts';
import type { BatchEntry } from '../sqs/message.ts';
import type { SendBatch } from './types.ts';

/**
 * Sends each entry as often and as late as the current fault says. For the scheduler all of them
 * are sent. A late entry is in memory alone: a process that dies loses it.
 */
export const makeFaultySend = (send: SendBatch, faults: Pick<Faults, 'firing'>): SendBatch => {
  const sendLate = async (queueArn: string, entry: BatchEntry, lateMs: number): Promise<void> => {
    await sleep(lateMs, undefined, { ref: false });
    await send(queueArn, [entry]).catch((error: Error) =>
      process.stderr.write(`A delayed firing is lost: ${error.message}\n`),
    );
  };
  return async (queueArn, entries) => {
    const planned = entries.map((entry) => ({ entry, ...faults.firing() }));
    for (const { entry, times, lateMs } of planned) if (times > 0 && lateMs > 0) void sendLate(queueArn, entry, lateMs);
    const again = planned.filter(({ times }) => times === 2).map(({ entry }) => entry);
    if (again.length > 0) await send(queueArn, again);
    const now = planned.filter(({ times, lateMs }) => times > 0 && lateMs === 0).map(({ entry }) => entry);
    return now.length > 0 ? send(queueArn, now) : { failed: [] };
  };
};
