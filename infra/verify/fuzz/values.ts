/**
 * Each hostile value in each field of each operation, one at a time: what chance has not come upon
 * in the other campaigns.
 */
import { type Operation, resolveSchema } from './document.ts';
import { type FuzzContext, sweep } from './explore.ts';
import { VALUES } from './hostile.ts';
import { sampleBody } from './operations.ts';
import type { FuzzRequest } from './request.ts';

type Case = () => FuzzRequest;

const NOTHING = `ntf_${'0'.repeat(26)}`;

const pathOf = (context: FuzzContext, { template }: Operation): string =>
  template.replace(/\{\w+\}/g, () => context.tally.pick(template, Math.floor(context.random() * 1_000)) ?? NOTHING);

const bodyCases = (context: FuzzContext, operation: Operation): Case[] => {
  const given = operation.bodies['application/json'];
  if (!given) return [];
  const names = Object.keys(resolveSchema(context.document, given).properties ?? {});
  const valid = sampleBody(context, operation) as Record<string, unknown>;
  return names.flatMap((name) =>
    VALUES.map((value) => () => ({
      method: operation.method,
      path: pathOf(context, operation),
      body: JSON.stringify({ ...valid, [name]: value }),
    })),
  );
};

const queryCases = (context: FuzzContext, operation: Operation): Case[] =>
  operation.parameters
    .filter((one) => one.in === 'query')
    .flatMap(({ name }) =>
      VALUES.filter((value) => typeof value === 'string').map((value) => () => ({
        method: operation.method,
        path: `${pathOf(context, operation)}?${name}=${encodeURIComponent(value.toWellFormed().slice(0, 3_000))}`,
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

export const sweepValues = async (context: FuzzContext): Promise<void> => {
  const cases = context.operations.flatMap((operation) =>
    [...bodyCases(context, operation), ...queryCases(context, operation)].map((make) => ({ operation, make })),
  );
  const chosen = shuffled(cases, context.random).slice(0, context.runs * 20);
  // By hundreds: an id that was made meanwhile is there to be aimed at.
  for (let from = 0; from < chosen.length && performance.now() < context.until; from += 100) {
    const byOperation = Map.groupBy(chosen.slice(from, from + 100), ({ operation }) => operation.id);
    for (const [id, some] of byOperation)
      await sweep(
        context,
        `${id}, each value`,
        some.map(({ make }) => make()),
        context.until,
      );
  }
};
