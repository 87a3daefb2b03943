import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../../../../tools/cluster.ts';
import { Unreachable } from '../../../kit/client.ts';
import { expectThat } from '../../../kit/expect.ts';
import { signalPod } from '../../kubernetes/pods.ts';
import { ask, type Listener } from '../gateway-client.ts';
import type { Check } from './check.ts';
import { bearer } from './service.ts';

const EVENTS = '/api/v1/events/';
const EVERY_MS = 400;
const FROZEN_MS = 25_000;
/**
 * What may be sent again costs a try without an answer, two where the other pod is not tried next,
 * and the answer.
 */
const REPEATED_MAX_MS = 11_000;
/**
 * Until the pod has left the Service, or was left out by the gateway: what was sent to it before
 * then may be lost.
 */
const LEFT_MAX_MS = 12_000;

interface Asked {
  kind: string;
  /** From the freezing. */
  atMs: number;
  tookMs: number;
  status: number | string;
}

const KINDS = {
  GET: { method: 'GET' },
  'POST with key': { method: 'POST', hasKey: true },
  'POST without key': { method: 'POST', hasKey: false },
};

const summary = (all: Asked[]): string =>
  Object.keys(KINDS)
    .map((kind) => {
      const those = all.filter((one) => one.kind === kind);
      const slowest = Math.max(...those.map(({ tookMs }) => tookMs)) / 1_000;
      const waited = those.filter(({ tookMs }) => tookMs > 1_000);
      const last = Math.max(0, ...waited.map(({ atMs }) => atMs)) / 1_000;
      const failed = those.filter(({ status }) => Number(status) >= 300 || typeof status === 'string');
      return `${kind}: ${those.length} asked, ${waited.length} waited over 1 s (the last began at ${last.toFixed(1)} s), the slowest ${slowest.toFixed(1)} s, ${failed.length} failed`;
    })
    .join('; ');

/**
 * One of two pods stops without a word, its connections open: what the gateway's callers notice.
 */
export const frozenCheck = (listener: Listener, key: string, cluster: Cluster): Check => ({
  name: 'a frozen pod of two',
  run: async () => {
    const [pod] = await cluster.pods('api');
    if (!pod) throw new Error('there is no pod of the API');
    const all: Asked[] = [];
    const frozenAt = await signalPod(cluster, pod, 'SIGSTOP');
    const one = async (kind: keyof typeof KINDS, index: number): Promise<void> => {
      const { method, hasKey } = { hasKey: false, ...KINDS[kind] };
      const body = method === 'POST' ? { type: 'custom', payload: { check: 'frozen' } } : undefined;
      const headers = { ...bearer(key).headers, ...(hasKey && { 'idempotency-key': `frozen-${frozenAt}-${index}` }) };
      const began = Date.now();
      const status = await ask(listener, method, method === 'GET' ? `${EVENTS}?limit=1` : EVENTS, {
        headers,
        body,
      }).then(
        ({ status }) => status,
        (error: Error) => {
          if (!(error instanceof Unreachable)) throw error;
          return error.message;
        },
      );
      all.push({ kind, atMs: began - frozenAt, tookMs: Date.now() - began, status });
    };
    const asked: Promise<void>[] = [];
    try {
      for (let index = 0; Date.now() < frozenAt + FROZEN_MS; index += 1) {
        for (const kind of Object.keys(KINDS)) asked.push(one(kind as keyof typeof KINDS, index));
        await sleep(EVERY_MS);
      }
      await Promise.all(asked);
    } finally {
      await signalPod(cluster, pod, 'SIGCONT');
    }
    const summed = summary(all);
    expectThat(all.length >= FROZEN_MS / EVERY_MS, `too few were asked: ${summed}`);
    const repeatable = all.filter(({ kind }) => kind !== 'POST without key');
    const lost = all.filter(({ kind, status }) => kind === 'POST without key' && status !== 201);
    expectThat(
      repeatable.every(({ status }) => status === 200 || status === 201),
      summed,
    );
    expectThat(
      repeatable.every(({ tookMs }) => tookMs < REPEATED_MAX_MS),
      summed,
    );
    expectThat(
      lost.every(({ status, atMs }) => status === 504 && atMs < LEFT_MAX_MS),
      summed,
    );
    return summed;
  },
});
