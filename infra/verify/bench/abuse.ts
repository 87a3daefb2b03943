/**
 * What one caller can do to the others: each attack on this code and, with `--against`, on another
 * checkout's.
 */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { attacks as all } from './abuse/attacks/index.ts';
import { withCheckout } from './abuse/checkout.ts';
import { COMMON_GOAL, misses, type Outcome, type Side } from './abuse/outcome.ts';
import { runAttack } from './abuse/run.ts';
import { inShort, sideBySide } from './abuse/table.ts';
import { readKept } from './report.ts';
import type { BenchOptions, Figure, Row } from './row.ts';

/**
 * Of one checkout: an attack that would hardly end by then is left out. One that takes longer than
 * expected is not cut short.
 */
const TIME_MAX_MS = 5 * 60_000;
/**
 * What an attack takes besides its honest load on a quiet machine: its stack, the warm-up, the
 * settling (`heavyDeliveries`: more).
 */
const OVERHEAD_MS = 15_000;
const here = fileURLToPath(new URL('../../..', import.meta.url));

/** False: another checkout alone, to keep what `before` was. */
const MEASURES_NOW = process.env.ABUSE_NOW !== 'false';
/** For a look at some: names separated by commas. */
const names = process.env.ABUSE_ONLY?.split(',') ?? Object.keys(all);
const attacks = Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));

interface Sides {
  before?: Side;
  now?: Side;
}

const measureSide = (root: string, say: BenchOptions['say']): Promise<Side> => {
  const endsAt = Date.now() + TIME_MAX_MS;
  return withCheckout(root, async (checkout) => {
    const outcomes: Record<string, Outcome> = {};
    for (const [name, attack] of Object.entries(attacks)) {
      if (Date.now() > endsAt - attack.seconds * 1_000 - OVERHEAD_MS) {
        outcomes[name] = { brokeOff: `left out: it would not have ended within ${TIME_MAX_MS / 60_000} minutes` };
        continue;
      }
      say(`${checkout.commit}: ${attack.what}`);
      const outcome = await runAttack(attack, checkout);
      say(`  ${inShort(outcome, outcomes.noAttack)}`);
      outcomes[name] = outcome;
    }
    return { commit: checkout.commit, date: new Date().toISOString().slice(0, 10), outcomes };
  });
};

const figuresOf = ({ outcomes }: Side): Figure[] =>
  Object.entries(attacks).flatMap(([name, { what, goal }]) => {
    const outcome = outcomes[name];
    if (!outcome) return [];
    return {
      what,
      goal: goal ? `${COMMON_GOAL}; ${goal}` : COMMON_GOAL,
      measured: inShort(outcome, outcomes.noAttack),
      met: misses(outcome, outcomes.noAttack).length === 0,
    };
  });

/** `before` stays as it was kept, unless `against` measures it again. */
const measureSides = async ({ say, against }: BenchOptions): Promise<Sides> => {
  const kept = (readKept().abuse?.data ?? {}) as Sides;
  const before = against === undefined ? kept.before : await measureSide(resolve(against), say);
  const now = MEASURES_NOW ? await measureSide(here, say) : undefined;
  return { ...(before && { before }), ...(now && { now }) };
};

export const abuse: Row = async (options) => {
  const data = await measureSides(options);
  const { before, now } = data;
  const sides = [...(before ? [{ name: 'before', side: before }] : []), ...(now ? [{ name: 'now', side: now }] : [])];
  const measured = now ?? before;
  const at = sides.map(({ name, side }) => `${name}: ${side.commit} (${side.date})`).join(', ');
  return {
    figures: measured ? figuresOf(measured) : [],
    notes: [
      `Each attack on a stack of its own (\`AUTH_MODE=api-key\` unless it says otherwise), warmed up by some deliveries. Beside it another tenant's light load: 5 webhooks due, 10 GETs and a POST of 20 KB a second; GETs count from their planned time. Memory is resident, in MB of 10^6 bytes: just before, at most, and the lowest some seconds after the attack. What attacks is on the same two cores. Goal of each: ${COMMON_GOAL}.`,
      `${at}. \`--against DIR\` measures another checkout as "before".`,
      sideBySide(attacks, sides),
    ],
    data,
  };
};
