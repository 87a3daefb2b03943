import { setTimeout as sleep } from 'node:timers/promises';
import type { Case } from '../case.ts';
import { makeAsker } from '../counting-client.ts';
import { allReady, forward, noneOf, onePod } from '../pods.ts';
import { NOTIFICATIONS } from '../traffic.ts';

const AWAY_MS = 20_000;
const LOOK_MS = 1_000;
/** For the health check to see it, once the last connection is gone. */
const NOTICED_MS = 5_000;

/**
 * What one pod of the API says while its dependencies are away. Resolves when `isOver`, with what
 * was wrong.
 */
const watch = async (url: string, key: string, isOver: () => boolean): Promise<string[]> => {
  const asker = makeAsker({ url, key });
  const wrong = new Set<string>();
  const began = performance.now();
  while (!isOver()) {
    const isNoticed = performance.now() - began > NOTICED_MS;
    const live = await asker.ask('GET', '/health/live');
    if (live?.status !== 200) wrong.add(`liveness answered ${live?.status ?? 'nothing'} during the outage`);
    const health = await asker.ask('GET', '/health');
    if (isNoticed && health?.status !== 503)
      wrong.add(`health answered ${health?.status ?? 'nothing'} during the outage`);
    const ready = await asker.ask('GET', '/health/ready');
    if (ready?.status !== 200)
      wrong.add(`readiness answered ${ready?.status ?? 'nothing'} in the outage's first minute`);
    const body = {
      notification_type: 'user.signup',
      entity_id: 'outage',
      send_at: new Date().toISOString(),
      email: 'user@example.com',
    };
    const create = await asker.ask('POST', NOTIFICATIONS, body);
    if (isNoticed && create?.status !== 503)
      wrong.add(`POST answered ${create?.status ?? 'nothing'} during the outage`);
    if (create?.status === 503 && !create.headers.get('retry-after')) wrong.add('POST: 503 without Retry-After');
    await sleep(LOOK_MS);
  }
  asker.close();
  return [...wrong];
};

/** Everything that the service depends on is away for a while: it waits, says so, and goes on by itself. */
export const pause: Case = {
  name: 'local AWS away for 20 s',
  due: { count: 200, inMs: 8_000, overMs: 20_000 },
  perSecond: 5,
  // What was sent in the moment that the store went away is not on record, and sent again under the same id.
  doubles: true,
  play: async ({ release }) => {
    const before = [...(await release.pods('api')), ...(await release.pods('worker'))];
    const { url, stop } = await forward(release, `pod/${(await onePod(release, 'api')).name}`, 3000, '/health/live');
    await release.kubectl('scale', 'statefulset/event-system-local-aws', '--replicas=0');
    await noneOf(release, 'local-aws');
    let isOver = false;
    const watching = watch(url, release.key, () => isOver);
    await sleep(AWAY_MS);
    isOver = true;
    const wrong = await watching;
    await stop();
    await release.kubectl('scale', 'statefulset/event-system-local-aws', '--replicas=1');
    await allReady(release, 'local-aws', 1);
    const after = [...(await allReady(release, 'api', 2)), ...(await allReady(release, 'worker', 2))];
    const restarted = after.filter(
      ({ name, restarts }) => before.find((pod) => pod.name === name)?.restarts !== restarts,
    );
    return [...wrong, ...restarted.map(({ name }) => `${name} was restarted or replaced during the outage`)];
  },
};
