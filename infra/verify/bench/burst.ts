/** 5,000 due in the same second: does each arrive, once, and when has the last one? */
import { deliver, warmUp } from './deliveries.ts';
import { startReceiver } from './receiver-process.ts';
import type { Row } from './row.ts';
import { withStack } from './stack.ts';
import { shown, showSpread, spread } from './stats.ts';

const COUNT = 5_000;
/** Creating takes about 13 s on two cores. */
const LEAD_MS = 45_000;
const DRAIN_MAX_MS = 15_000;

export const burst: Row = async ({ say }) => {
  const receiver = await startReceiver();
  try {
    return await withStack(async (stack) => {
      await warmUp(stack, receiver);
      const due = Math.ceil((Date.now() + LEAD_MS) / 1_000) * 1_000;
      say(`${COUNT} due in the same second`);
      const result = await deliver(stack, receiver, {
        count: COUNT,
        entityId: 'burst',
        dueAt: () => due,
        concurrency: 8,
        patienceMs: 90_000,
      });
      const whole = result.sent === COUNT && result.lost === 0 && result.duplicates === 0 && result.early === 0;
      return {
        figures: [
          {
            what: `${COUNT.toLocaleString('en-US')} due in the same second`,
            goal: `all sent; 0 lost, 0 duplicated; drained in <= ${DRAIN_MAX_MS / 1_000} s`,
            measured: `${result.sent} sent, ${result.lost} lost, ${result.duplicates} duplicated; drained in ${shown(result.drainedMs / 1_000)} s`,
            met: whole && result.drainedMs <= DRAIN_MAX_MS,
          },
        ],
        notes: [
          `Drained: arrival of the last at the receiver - due (${shown(COUNT / (result.drainedMs / 1_000))} a second). Arrival - due: ${showSpread(spread(result.arrivalLateness))}.`,
        ],
      };
    });
  } finally {
    await receiver.close();
  }
};
