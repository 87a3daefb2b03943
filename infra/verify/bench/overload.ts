/**
 * Three times what the stack can take: what is accepted, what is refused, and what it costs those
 * that are accepted.
 */
import type { Client, Unreachable } from '../kit/client.ts';
import { openLoop, throughput } from './load.ts';
import { create } from './notifications.ts';
import type { Row } from './row.ts';
import { clientAt, memoryOf, withStack } from './stack.ts';
import { max, shown, showSpread, spread } from './stats.ts';

const SECONDS = Number(process.env.OVERLOAD_SECONDS ?? 30);
const CAPACITY_SECONDS = 8;
const CONCURRENCY = 16;
const TIMES = 3;
/** More than the server takes: none waits for a connection at our end. */
const SOCKETS_MAX = 1_900;
const P99_MAX_MS = 1_500;
/** Of what it accepts alone: refusing costs too, and on this machine so does asking. */
const SHARE_MIN = 0.5;

interface Tally {
  accepted: number[];
  refused: number;
  /** Answered neither 201 nor 503 with Retry-After, or not at all. */
  failed: Record<string, number>;
}

const post = (client: Client, made: { count: number }) => {
  made.count += 1;
  const send_at = new Date(Date.now() + 600_000).toISOString();
  const input = { entity_id: `user-${made.count % 500}`, email: 'user@example.com', send_at };
  return client.call('POST', '/api/v1/notifications/', { notification_type: 'user.signup', ...input });
};

const flood = async (client: Client, perSecond: number): Promise<Tally> => {
  const tally: Tally = { accepted: [], refused: 0, failed: {} };
  const made = { count: 0 };
  const fail = (why: string): void => {
    tally.failed[why] = (tally.failed[why] ?? 0) + 1;
  };
  await openLoop({ seconds: SECONDS, perSecond }, async (sincePlannedMs) => {
    try {
      const { status, headers } = await post(client, made);
      if (status === 201) tally.accepted.push(sincePlannedMs());
      else if (status === 503 && Number(headers.get('retry-after')) >= 1) tally.refused += 1;
      else fail(String(status));
    } catch (error) {
      fail((error as Unreachable).code ?? String(error));
    }
  });
  return tally;
};

export const overload: Row = ({ say }) =>
  withStack(async (stack) => {
    const client = clientAt(stack.apiUrl, { socketsMax: SOCKETS_MAX });
    const work = () =>
      create(stack.client, {
        entity_id: 'warm-up',
        email: 'user@example.com',
        send_at: new Date(Date.now() + 600_000).toISOString(),
      });
    await throughput({ seconds: CAPACITY_SECONDS / 2, concurrency: CONCURRENCY }, work);
    const capacity = await throughput({ seconds: CAPACITY_SECONDS, concurrency: CONCURRENCY }, work);
    const before = memoryOf(stack);
    const offered = Math.round(capacity * TIMES);
    say(`it takes ${shown(capacity)}/s; now ${offered}/s for ${SECONDS} s`);
    const samples: number[] = [];
    const sampler = setInterval(() => samples.push(memoryOf(stack).service), 500);
    const startedAt = performance.now();
    const { accepted, refused, failed } = await flood(client, offered);
    const seconds = (performance.now() - startedAt) / 1_000;
    clearInterval(sampler);
    client.close();
    const latency = spread(accepted);
    const other = Object.entries(failed).map(([why, count]) => `${count} x ${why}`);
    const perSecond = accepted.length / seconds;
    return {
      figures: [
        {
          what: `${TIMES} x what it takes (${shown(offered)} POSTs/s for ${SECONDS} s): accepted`,
          goal: `>= ${SHARE_MIN} of ${shown(capacity)}/s, p99 <= ${P99_MAX_MS.toLocaleString('en-US')} ms`,
          measured: `${shown(perSecond)}/s; ${showSpread(latency)}`,
          met: perSecond >= capacity * SHARE_MIN && latency.p99 <= P99_MAX_MS,
        },
        {
          what: 'the rest: refused with 503 and Retry-After',
          goal: 'all of it',
          measured: `${shown(refused / seconds)}/s; otherwise: ${other.join(', ') || 'none'}`,
          met: other.length === 0,
        },
        {
          what: 'RSS of the service meanwhile',
          goal: 'stated',
          measured: `at most ${shown(max([before.service, ...samples]))} MB (before: ${shown(before.service)})`,
        },
      ],
      notes: [
        `What it takes: ${CONCURRENCY} at once in a closed loop for ${CAPACITY_SECONDS} s, on the same stack just before. Then an open loop: requests start at planned times whatever the answers do, and latency counts from the planned time. The load generator shares the processors with the stack: what it spends on asking is missing there.`,
      ],
    };
  });
