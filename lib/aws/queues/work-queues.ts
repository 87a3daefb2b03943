import type { WorkQueues } from '../../store/work-queues.ts';
import { unavailable } from '../unavailable.ts';
import type { Send } from './sender.ts';

/** @param senders by queue: the two that carry our own messages, and any other by name, for redrive */
export const makeWorkQueues = (senders: {
  events: Send;
  replay: Send;
  byName: (queue: string) => Send | undefined;
}): WorkQueues => ({
  processEvents: async (events) => {
    const messages = events.map(({ id, tenant }) => ({ body: { kind: 'process', id }, tenant }));
    await Promise.all(messages.map(senders.events));
  },
  job: ({ id, tenant }, kind, delaySeconds) => senders.replay({ body: { kind, id }, delaySeconds, tenant }),
  resend: async (queue, body) => {
    const send = senders.byName(queue);
    if (!send) throw unavailable(new Error(`no queue of ours is named ${queue}`));
    await send({ body });
  },
});
