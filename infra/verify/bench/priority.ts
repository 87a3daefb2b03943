/** A campaign of bulk, due at once, beside one-time codes of the same tenant: how late are the codes? */
import { setTimeout as sleep } from 'node:timers/promises';
import { inParallel } from '../kit/parallel.ts';
import { warmUp } from './deliveries.ts';
import { create } from './notifications.ts';
import { type Receiver, startReceiver } from './receiver-process.ts';
import type { Figure, Row } from './row.ts';
import { type BenchStack, withStack } from './stack.ts';
import { shown, showSpread, spread } from './stats.ts';

const CAMPAIGN = Number(process.env.PRIORITY_CAMPAIGN ?? 20_000);
/** Creating takes about 2 ms each on two cores, in peace. */
const CREATE_MAX_MS = Number(process.env.PRIORITY_CREATE_MS ?? 6);
const LEAD_MS = 20_000 + CAMPAIGN * CREATE_MAX_MS;
const CODES_PER_SECOND = 5;
const ALONE_SECONDS = 20;
const DELAY_MAX_MS = 1_000;
const PATIENCE_MS = 300_000;
/** A code that arrives later than this after the last POST counts as lost. */
const LAST_MS = 5_000;
const ANSWERS_AFTER_MS = [0, 250];

interface Scene {
  stack: BenchStack;
  receiver: Receiver;
  url: string;
  /** First arrivals by id, epoch ms. */
  arrivals: Map<string, number>;
}

interface Codes {
  /** Arrival at the receiver - start of the POST, ms. */
  lateMs: number[];
  asked: number;
  /** By the API. */
  refused: number;
}

const note = async ({ receiver, arrivals }: Scene): Promise<void> => {
  for (const { id, at } of await receiver.take()) if (!arrivals.has(id)) arrivals.set(id, at);
};

/** Codes at an even pace until `isOver`, each from its POST to its arrival. */
const codesUntil = async (scene: Scene, isOver: () => boolean): Promise<Codes> => {
  const { stack, url, arrivals } = scene;
  const begun = new Map<string, number>();
  const posting: Promise<void>[] = [];
  let refused = 0;
  const post = async (): Promise<void> => {
    const at = performance.timeOrigin + performance.now();
    const code = { entity_id: 'codes', webhook_url: url, send_at: new Date(at).toISOString() };
    const made = await create(stack.client, code).catch(() => undefined);
    if (made) begun.set(made.id, at);
    else refused += 1;
  };
  for (let asked = 1; !isOver(); asked += 1) {
    posting.push(post());
    await sleep(1_000 / CODES_PER_SECOND);
    if (asked % CODES_PER_SECOND === 0) await note(scene);
  }
  await Promise.all(posting);
  await sleep(LAST_MS);
  await note(scene);
  const lateMs = [...begun].flatMap(([id, from]) => (arrivals.get(id) ?? Number.NaN) - from).filter(Number.isFinite);
  return { lateMs, asked: posting.length, refused };
};

/** Answers when it is due, epoch ms, and its ids. */
const createCampaign = async ({ stack, url }: Scene): Promise<{ dueAt: number; ids: string[] }> => {
  const dueAt = Math.ceil((Date.now() + LEAD_MS) / 1_000) * 1_000;
  const input = { entity_id: 'campaign', webhook_url: url, send_at: new Date(dueAt).toISOString(), priority: 'bulk' };
  const ids: string[] = [];
  await inParallel(CAMPAIGN, 8, async () => void ids.push((await create(stack.client, input)).id));
  if (Date.now() > dueAt - 3_000) throw new Error('Creating took too long: the campaign was due before it was made');
  return { dueAt, ids };
};

const measure = async (scene: Scene) => {
  const endsAt = performance.now() + ALONE_SECONDS * 1_000;
  const alone = await codesUntil(scene, () => performance.now() >= endsAt);
  const { dueAt, ids } = await createCampaign(scene);
  await sleep(dueAt - 2_000 - Date.now());
  const isWhole = (): boolean => ids.every((id) => scene.arrivals.has(id));
  const beside = await codesUntil(scene, () => isWhole() || Date.now() > dueAt + PATIENCE_MS);
  const drainedMs = ids.reduce((last, id) => Math.max(last, scene.arrivals.get(id) ?? Number.NaN), 0) - dueAt;
  return { alone, beside, drainedMs };
};

const show = ({ lateMs, asked, refused }: Codes): string =>
  `${showSpread(spread(lateMs))}; ${asked - refused - lateMs.length} of ${asked} lost, ${refused} refused`;

const figuresOf = (answers: string, { alone, beside, drainedMs }: Awaited<ReturnType<typeof measure>>): Figure[] => {
  const [p99Alone, p99] = [spread(alone.lateMs).p99, spread(beside.lateMs).p99];
  return [
    {
      what: `one-time codes, POST -> arrival, beside ${CAMPAIGN.toLocaleString('en-US')} of bulk of the same tenant, to a receiver that answers ${answers}`,
      goal: `p99 < ${DELAY_MAX_MS} ms more than alone, none lost`,
      measured: `${show(beside)}; ${shown(p99 / p99Alone)} x; the campaign took ${shown(drainedMs / 1_000)} s`,
      met: p99 - p99Alone < DELAY_MAX_MS && beside.lateMs.length === beside.asked,
    },
    { what: 'the same alone', goal: '-', measured: show(alone) },
  ];
};

export const priority: Row = async ({ say }) => {
  const receiver = await startReceiver();
  try {
    return await withStack(async (stack) => {
      await warmUp(stack, receiver);
      const figures: Figure[] = [];
      for (const afterMs of ANSWERS_AFTER_MS) {
        const answers = afterMs === 0 ? 'at once' : `after ${afterMs} ms`;
        say(`${CAMPAIGN} of bulk due at once, ${CODES_PER_SECOND} codes a second; the receiver answers ${answers}`);
        const url = `${receiver.origins[0]}/after/${afterMs}`;
        figures.push(...figuresOf(answers, await measure({ stack, receiver, url, arrivals: new Map() })));
        for (const { what, measured } of figures.slice(-2)) say(`${what}: ${measured}`);
      }
      return {
        figures,
        notes: [
          `One tenant, one receiver, and so one bulkhead. The campaign is created beforehand and due at one instant; from 2 s before it until its last has arrived, ${CODES_PER_SECOND} codes a second are posted, due at once. A code's time counts from its POST, so what load on the API delays is in it.`,
        ],
      };
    });
  } finally {
    await receiver.close();
  }
};
