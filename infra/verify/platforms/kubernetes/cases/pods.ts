import { setTimeout as sleep } from 'node:timers/promises';
import type { Case, Scene } from '../case.ts';
import { allReady, onePod, signalPod } from '../pods.ts';

const bothReady = async ({ release }: Scene): Promise<void> => {
  await allReady(release, 'api', 2);
  await allReady(release, 'worker', 2);
};

/** As a node that is drained does. */
export const deleted: Case = {
  name: 'a pod of api and of worker deleted',
  due: { count: 200, inMs: 8_000, overMs: 15_000 },
  perSecond: 5,
  answerMs: 300,
  play: async (scene) => {
    const { release } = scene;
    await sleep(3_000);
    const names = [(await onePod(release, 'api')).name, (await onePod(release, 'worker')).name];
    await release.kubectl('delete', 'pod', ...names, '--wait=true');
    await bothReady(scene);
    return [];
  },
};

/** Slow enough that some are between send and record. */
const KILL_ANSWER_MS = 2_500;

/** As a node that fails, or the kernel short of memory, does. */
export const killed: Case = {
  name: 'SIGKILL of a worker and of an api; a pod of each deleted by force',
  due: { count: 200, inMs: 8_000, overMs: 15_000 },
  perSecond: 5,
  answerMs: KILL_ANSWER_MS,
  breaks: ['refused', 'cut', 'silent', 'closed'],
  doubles: true,
  play: async (scene) => {
    const { release } = scene;
    await sleep(2_000);
    const [worker, api] = [await onePod(release, 'worker'), await onePod(release, 'api')];
    await signalPod(release.tools, worker, 'SIGKILL');
    await signalPod(release.tools, api, 'SIGKILL');
    await bothReady(scene);
    const [killedWorker, killedApi] = await Promise.all(
      (['worker', 'api'] as const).map(async (component) =>
        (await release.pods(component)).find(({ name }) => name === worker.name || name === api.name),
      ),
    );
    const notRestarted = [killedWorker, killedApi].filter((pod) => pod?.restarts !== 1);
    const names = [killedWorker?.name ?? '', killedApi?.name ?? ''];
    await release.kubectl('delete', 'pod', ...names, '--grace-period=0', '--force');
    await bothReady(scene);
    return notRestarted.map((pod) => `${pod?.name} was killed and not restarted in its place`);
  },
};
