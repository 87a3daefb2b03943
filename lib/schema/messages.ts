/**
 * What travels through the queues: ids and little else; the item is the truth. A message may also have its
 * sender's trace (telemetry/message-span.ts); none fails for it.
 */
import * as z from 'zod';
import { PRIORITIES } from './priority.ts';
import { DEFAULT_TENANT, TENANT } from './tenant.ts';

const id = z.string().min(1).max(64);
const due = z.int().min(0);
const seq = z.int().min(1);
/** One that this release does not know counts as normal. */
const priority = z.enum(PRIORITIES).optional().catch(undefined);
const tenant = z.string().regex(TENANT);
/** Left out for the default one. */
const tenantOrDefault = tenant.default(DEFAULT_TENANT);

/**
 * Also the input of a schedule entry, which alone names the tenant, for what is sent again. `due` is business
 * time, epoch ms.
 */
export const deliverMessage = z.object({
  kind: z.literal('deliver'),
  id,
  tenant: tenant.optional(),
  seq,
  due,
  priority,
});
export const scheduleMessage = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('schedule'), id, tenant: tenantOrDefault, seq, due, priority }),
  z.object({ kind: z.literal('unschedule'), id, seq }),
]);
export const processMessage = z.object({ kind: z.literal('process'), id });
export const reconcileMessage = z.object({ kind: z.literal('reconcile') });
/** The id tells what kind of job; redrives and erasures go by their own names, which older releases know. */
export const jobMessage = z.object({ kind: z.enum(['replay', 'erase', 'job']), id });

export type DeliverMessage = z.output<typeof deliverMessage>;
export type ScheduleMessage = z.output<typeof scheduleMessage>;
/** As it is sent, before defaults. */
export type ScheduleInput = z.input<typeof scheduleMessage>;
