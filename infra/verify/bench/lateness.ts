/** 50 due each second for a minute: how late does the first attempt start, how late does it arrive? */
import { deliver, warmUp } from './deliveries.ts';
import { startReceiver } from './receiver-process.ts';
import type { Row } from './row.ts';
import { withStack } from './stack.ts';
import { min, showSpread, spread } from './stats.ts';

const PER_SECOND = 50;
const SECONDS = 60;
/** Creating takes about 8 s on two cores. */
const LEAD_MS = 25_000;

export const lateness: Row = async ({ say }) => {
  const receiver = await startReceiver();
  try {
    return await withStack(async (stack) => {
      await warmUp(stack, receiver);
      const first = Math.ceil((Date.now() + LEAD_MS) / 1_000) * 1_000;
      say(`${PER_SECOND} due a second for ${SECONDS} s`);
      const result = await deliver(stack, receiver, {
        count: PER_SECOND * SECONDS,
        entityId: 'lateness',
        dueAt: (index) => first + Math.round((index * 1_000) / PER_SECOND),
        concurrency: 8,
        patienceMs: 30_000,
      });
      const start = spread(result.startLateness);
      const early = min(result.startLateness) < 0 || result.early > 0;
      return {
        figures: [
          {
            what: `lateness, due -> first attempt, ${PER_SECOND} due/s for ${SECONDS} s`,
            goal: 'p50 <= 25 ms, p99 <= 150 ms, max <= 1 s, none early',
            measured: `${showSpread(start)}, ${early ? 'SOME EARLY' : 'none early'}`,
            met: start.p50 <= 25 && start.p99 <= 150 && start.max <= 1_000 && !early,
          },
          {
            what: 'the same, due -> arrival at the receiver',
            goal: '0 lost, 0 duplicated',
            measured: `${showSpread(spread(result.arrivalLateness))}; ${result.lost} lost, ${result.duplicates} duplicated`,
            met: result.lost === 0 && result.duplicates === 0,
          },
        ],
        notes: [
          "Webhooks to a receiver in a process of its own. Start is the `started_at` of the first attempt as the API gives it, arrival is taken by the receiver; all clocks are the machine's. All were created beforehand; the first minute of a process (loading, compiling) is warmed up by 200 deliveries.",
        ],
      };
    });
  } finally {
    await receiver.close();
  }
};
