import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../../../../tools/cluster.ts';
import { Unreachable } from '../../../kit/client.ts';
import { excerpt } from '../../../kit/excerpt.ts';
import { expectThat } from '../../../kit/expect.ts';
import { ask, type Listener } from '../gateway-client.ts';
import type { Check } from './check.ts';
import { bearer } from './service.ts';

const EVERY_MS = 200;
const AFTER_MS = 3_000;
const EVENTS = '/api/v1/events/';
/** Where the machine is too slow the service says so itself: that is no matter of new pods. */
const EXPECTED = /^(GET 200|POST 201|[A-Z]+ 503 unavailable)$/;
const EVENT = { type: 'custom', payload: { check: 'rollout' } };

/**
 * Every pod of the API replaced while it is asked: a caller behind the gateway sees nothing of it,
 * though no write is repeated.
 */
export const rolloutCheck = (listener: Listener, key: string, { kubectl }: Cluster): Check => ({
  name: 'new pods under traffic',
  run: async () => {
    const seen: Record<string, number> = {};
    const one = async (method: 'GET' | 'POST'): Promise<void> => {
      const body = method === 'POST' ? EVENT : undefined;
      const outcome = await ask(listener, method, method === 'GET' ? `${EVENTS}?limit=1` : EVENTS, {
        ...bearer(key),
        body,
      }).then(
        ({ status, body, text }) => `${method} ${status}${status < 300 ? '' : ` ${body?.code ?? excerpt(text)}`}`,
        (error: Error) => {
          if (!(error instanceof Unreachable)) throw error;
          return error.message;
        },
      );
      seen[outcome] = (seen[outcome] ?? 0) + 1;
    };
    let isOver = false;
    const restarted = (async () => {
      await kubectl('rollout', 'restart', 'deployment/event-system-api');
      await kubectl('rollout', 'status', 'deployment/event-system-api', '--timeout', '120s');
      await sleep(AFTER_MS);
    })().finally(() => {
      isOver = true;
    });
    const asked: Promise<void>[] = [];
    while (!isOver) {
      asked.push(one('GET'), one('POST'));
      await sleep(EVERY_MS);
    }
    await restarted;
    await Promise.all(asked);
    const counts = Object.entries(seen).map(([outcome, count]) => `${count} x ${outcome}`);
    const odd = Object.keys(seen).filter((outcome) => !EXPECTED.test(outcome));
    expectThat(odd.length === 0 && seen['POST 201'] !== undefined, counts.join(', '));
    return counts.join(', ');
  },
});
