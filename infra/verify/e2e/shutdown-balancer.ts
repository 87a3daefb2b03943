/** What a load balancer knows of containers, and whom it sends the next request to. */
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from '../kit/client.ts';

const LOOK_EVERY_MS = 50;
/**
 * It goes by what it saw for so long. One that looked less often than a container drains would send
 * to a closed port.
 */
const FRESH_MS = 1_000;

/** What one container said to its probes, `undefined` where there was no answer. */
export interface Look {
  ready: number | undefined;
  live: number | undefined;
  /** When it was asked, as `performance.now()` says it. */
  at: number;
}

/** Sends to those that say they are ready, in turn, as a load balancer does; looks at each every 50 ms. */
export const makeBalancer = <Pod extends { url: string }>(pods: readonly Pod[]) => {
  let turn = 0;
  let stopped = false;
  const seen = new Map<Pod, Look[]>(pods.map((pod) => [pod, []]));
  const statusOf = (url: string) =>
    request(url, 'GET').then(
      ({ status }) => status,
      () => undefined,
    );
  const look = async (pod: Pod): Promise<void> => {
    const at = performance.now();
    const [ready, live] = await Promise.all([statusOf(`${pod.url}/health/ready`), statusOf(`${pod.url}/health/live`)]);
    seen.get(pod)?.push({ ready, live, at });
  };
  const watch = async (pod: Pod): Promise<void> => {
    while (!stopped) {
      await look(pod);
      await sleep(LOOK_EVERY_MS);
    }
  };
  const watching = Promise.all(pods.map(watch));
  const isKnownReady = (pod: Pod): boolean => {
    const last = seen.get(pod)?.at(-1);
    return last?.ready === 200 && performance.now() - last.at < FRESH_MS;
  };
  return {
    /** Waits while none is known to be ready. */
    next: async (): Promise<Pod> => {
      for (;;) {
        const ready = pods.filter(isKnownReady);
        turn += 1;
        const pod = ready[turn % ready.length];
        if (pod) return pod;
        await sleep(LOOK_EVERY_MS);
      }
    },
    seen: (pod: Pod) => seen.get(pod) ?? [],
    /** After a last look at each. */
    stop: async () => {
      stopped = true;
      await watching;
      await Promise.all(pods.map(look));
    },
  };
};
