/** Many receivers, some of which never answer: how late are the others'? */
import { type Arrived, arrivalsOf } from './arrivals.ts';
import { warmUp } from './deliveries.ts';
import { type Receiver, startReceiver } from './receiver-process.ts';
import type { Row } from './row.ts';
import { type BenchStack, withStack } from './stack.ts';
import { shown, showSpread, spread } from './stats.ts';

const PER_SECOND = 50;
const SECONDS = Number(process.env.BULKHEAD_SECONDS ?? 60);
const RECEIVERS = 20;
/** Not the first: its answers warm up the service. */
const HANGING = new Set([1, 4, 8, 11, 14, 18]);
/** Creating takes about 8 s on two cores, in peace. */
const LEAD_MS = 10_000 + SECONDS * 500;
const RATIO_MAX = 2;

const run = (
  stack: BenchStack,
  receiver: Receiver,
  options: { entityId: string; hangs: (receiver: number) => boolean },
): Promise<Arrived> => {
  const first = Date.now() + LEAD_MS;
  const receiverOf = (index: number): number => index % RECEIVERS;
  const planned = Array.from({ length: PER_SECOND * SECONDS }, (_, index) => {
    const path = options.hangs(receiverOf(index)) ? '/hang' : '/hook';
    const input = { entity_id: options.entityId, webhook_url: `${receiver.origins[receiverOf(index)]}${path}` };
    return { client: stack.client, dueAt: first + Math.round((index * 1_000) / PER_SECOND), input };
  });
  // The same receivers in both runs, so that like is compared with like.
  return arrivalsOf(receiver, planned, { wanted: (index) => !HANGING.has(receiverOf(index)), patienceMs: 30_000 });
};

const show = ({ lateMs, lost, duplicates }: Arrived): string =>
  `${showSpread(spread(lateMs))}; ${lost} lost, ${duplicates} duplicated`;

export const bulkhead: Row = async ({ say }) => {
  const receiver = await startReceiver(RECEIVERS);
  try {
    return await withStack(async (stack) => {
      await warmUp(stack, receiver);
      const load = `${PER_SECOND} due/s for ${SECONDS} s over ${RECEIVERS} receivers`;
      say(`${load}, all of which answer`);
      const calm = await run(stack, receiver, { entityId: 'calm', hangs: () => false });
      receiver.clear();
      say(`the same, ${HANGING.size} of which hang`);
      const hung = await run(stack, receiver, { entityId: 'hung', hangs: (index) => HANGING.has(index) });
      const ratio = spread(hung.lateMs).p99 / spread(calm.lateMs).p99;
      const healthy = RECEIVERS - HANGING.size;
      return {
        figures: [
          {
            what: `arrival - due at the ${healthy} healthy of ${RECEIVERS} receivers, ${HANGING.size} hang, ${PER_SECOND} due/s for ${SECONDS} s`,
            goal: `p99 <= ${RATIO_MAX} x the same while none hangs; 0 lost, 0 duplicated`,
            measured: `${show(hung)}; ${shown(ratio)} x`,
            met: ratio <= RATIO_MAX && hung.lost === 0 && hung.duplicates === 0,
          },
          { what: 'the same while none hangs', goal: '-', measured: show(calm) },
        ],
        notes: [
          `Both in one run on one stack, the calm one first. A receiver that hangs takes the connection and the request and never answers: each delivery to it waits for its timeout (15 s), unless it is kept waiting by what bounds one receiver. Arrival is taken by the receivers, one process with ${RECEIVERS} ports.`,
        ],
      };
    });
  } finally {
    await receiver.close();
  }
};
