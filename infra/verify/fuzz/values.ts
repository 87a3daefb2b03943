/** Each hostile value in each field of each operation, one at a time: what chance has not come upon in the other campaigns. */
import { type Operation, resolveSchema } from './document.ts';
import { type Range, sweep } from './explore.ts';
import { VALUES } from './hostile.ts';
import { sampleBody } from './operations.ts';
import type { Shot } from './shot.ts';

type Case = () => Shot;

const NOTHING = `ntf_${'0'.repeat(26)}`;

const pathOf = (range: Range, { template }: Operation): string =>
  template.replace(/\{\w+\}/g, () => range.ledger.pick(template, Math.floor(range.random() * 1_000)) ?? NOTHING);

const bodyCases = (range: Range, operation: Operation): Case[] => {
  const given = operation.bodies['application/json'];
  if (!given) return [];
  const names = Object.keys(resolveSchema(range.document, given).properties ?? {});
  const valid = sampleBody(range, operation) as Record<string, unknown>;
  return names.flatMap((name) =>
    VALUES.map((value) => () => ({
      method: operation.method,
      path: pathOf(range, operation),
      body: JSON.stringify({ ...valid, [name]: value }),
    })),
  );
};

const queryCases = (range: Range, operation: Operation): Case[] =>
  operation.parameters
    .filter((one) => one.in === 'query')
    .flatMap(({ name }) =>
      VALUES.filter((value) => typeof value === 'string').map((value) => () => ({
        method: operation.method,
        path: `${pathOf(range, operation)}?${name}=${encodeURIComponent(value.toWellFormed().slice(0, 3_000))}`,
      })),
    );

/** In an order of the seed: a short run takes another part of them each time. */
const shuffled = <T>(all: T[], random: () => number): T[] => {
  const order = [...all];
  for (let at = order.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    [order[at], order[other]] = [order[other] as T, order[at] as T];
  }
  return order;
};

export const sweepValues = async (range: Range): Promise<void> => {
  const cases = range.operations.flatMap((operation) =>
    [...bodyCases(range, operation), ...queryCases(range, operation)].map((make) => ({ operation, make })),
  );
  const chosen = shuffled(cases, range.random).slice(0, range.runs * 20);
  // By hundreds: an id that was made meanwhile is there to be aimed at.
  for (let from = 0; from < chosen.length && performance.now() < range.until; from += 100) {
    const byOperation = Map.groupBy(chosen.slice(from, from + 100), ({ operation }) => operation.id);
    for (const [id, some] of byOperation)
      await sweep(
        range,
        `${id}, each value`,
        some.map(({ make }) => make()),
        range.until,
      );
  }
};
