import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../lib/platform/clock.ts';
import type { Item } from './dynalite.ts';
import type { Run } from './run.ts';

/** About a millisecond of work, for which a request may have to wait. */
const PAGE_ITEMS = 25;
/** Share of one processor: 5 %, and 25 % in the pass after an advance. */
const share = { normal: 0.05, afterAdvance: 0.25 };
const REST_BETWEEN_PASSES_MS = 60_000;
const REST_AFTER_ERROR_MS = 5_000;

interface SweeperOptions {
  clock: Clock;
  run: Run;
  /** Table -> attribute that holds epoch seconds. */
  specifications: () => Map<string, string>;
}

type Page = { Items: Item[]; LastEvaluatedKey?: Item };

/** Deletes items whose time to live has passed by the virtual clock, page by page. */
export const makeSweeper = ({ clock, run, specifications }: SweeperOptions) => {
  let stopped = new AbortController();
  let advanced = false;
  let closed = false;

  const rest = (ms: number): Promise<void> =>
    sleep(ms, undefined, { signal: stopped.signal, ref: false }).catch(() => {
      // Aborted by an advance, or by close.
    });

  const wake = (): void => {
    advanced = true;
    stopped.abort();
    stopped = new AbortController();
  };

  const keyNames = async (table: string): Promise<string[]> => {
    const { Table } = (await run('DescribeTable', { TableName: table })) as {
      Table: { KeySchema: { AttributeName: string }[] };
    };
    return Table.KeySchema.map((key) => key.AttributeName);
  };

  /** Conditional: an item whose time was extended meanwhile stays. */
  const remove = async (table: string, attribute: string, key: Item, seconds: string): Promise<void> => {
    await run('DeleteItem', {
      TableName: table,
      Key: key,
      ConditionExpression: '#ttl < :now',
      ExpressionAttributeNames: { '#ttl': attribute },
      ExpressionAttributeValues: { ':now': { N: seconds } },
    }).catch((error) => {
      if (!String(error.body?.__type).endsWith('ConditionalCheckFailedException')) throw error;
    });
  };

  const sweepPage = async (table: string, attribute: string, keys: string[], from: Item | undefined) => {
    const seconds = Math.floor(clock.now() / 1_000);
    const page = (await run('Scan', {
      TableName: table,
      Limit: PAGE_ITEMS,
      ...(from && { ExclusiveStartKey: from }),
    })) as Page;
    for (const item of page.Items) {
      const expiresAt = Number(item[attribute]?.N ?? Number.POSITIVE_INFINITY);
      const key = Object.fromEntries(keys.map((name) => [name, item[name] ?? {}]));
      if (expiresAt < seconds) await remove(table, attribute, key, String(seconds));
    }
    return page.LastEvaluatedKey;
  };

  const sweepTable = async (table: string, attribute: string, pace: number): Promise<void> => {
    const keys = await keyNames(table);
    let from: Item | undefined;
    do {
      const startedAt = clock.monotonic();
      from = await sweepPage(table, attribute, keys, from);
      const tookMs = clock.monotonic() - startedAt;
      await sleep(Math.ceil((tookMs * (1 - pace)) / pace), undefined, { ref: false });
    } while (from && !closed);
  };

  /** A table may be deleted while it is swept. */
  const sweepUnlessGone = (table: string, attribute: string, pace: number): Promise<void> =>
    sweepTable(table, attribute, pace).catch((error) => {
      if (!String(error.body?.__type).endsWith('ResourceNotFoundException')) throw error;
    });

  const sweep = async (): Promise<void> => {
    while (!closed) {
      const pace = advanced ? share.afterAdvance : share.normal;
      advanced = false;
      try {
        for (const [table, attribute] of specifications()) if (!closed) await sweepUnlessGone(table, attribute, pace);
      } catch (error) {
        if (closed) return;
        process.stderr.write(
          `Expired items could not be deleted, and the next pass tries again: ${(error as Error).message}\n`,
        );
        await rest(REST_AFTER_ERROR_MS);
      }
      if (!(closed || advanced)) await rest(REST_BETWEEN_PASSES_MS);
    }
  };

  const running = sweep();
  return {
    wake,
    close: async (): Promise<void> => {
      closed = true;
      wake();
      await running;
    },
  };
};
