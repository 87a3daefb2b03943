/** What travels through the queues: ids and little else; the item is the truth. */
import * as z from 'zod';

const id = z.string().min(1).max(64);
const due = z.int().min(0);
const seq = z.int().min(1);

/** Also the input of a schedule entry. `due` is business time, epoch ms. */
export const deliverMessage = z.object({ kind: z.literal('deliver'), id, seq, due });
export const scheduleMessage = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('schedule'), id, seq, due }),
  z.object({ kind: z.literal('unschedule'), id, seq }),
]);
export const processMessage = z.object({ kind: z.literal('process'), id });
export const reconcileMessage = z.object({ kind: z.literal('reconcile') });
export const replayMessage = z.object({ kind: z.literal('replay'), id });

export type DeliverMessage = z.output<typeof deliverMessage>;
export type ScheduleMessage = z.output<typeof scheduleMessage>;
