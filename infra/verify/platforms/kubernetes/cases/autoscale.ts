import type { Case } from '../case.ts';
import { allReady } from '../pods.ts';

/**
 * Autoscaling takes over what runs: without `replicas` in the Deployment, Kubernetes would end all
 * pods but one.
 */
export const autoscale: Case = {
  name: 'autoscaling switched on and off: no pod goes',
  due: { count: 50, inMs: 5_000, overMs: 10_000 },
  perSecond: 4,
  play: async ({ release }) => {
    const uids = async (): Promise<string[]> =>
      [...(await allReady(release, 'api', 2)), ...(await allReady(release, 'worker', 2))].map(({ uid }) => uid);
    const before = await uids();
    const on = { enabled: true, minReplicas: 2, maxReplicas: 3, cpuPercent: 70, behavior: {} };
    await release.upgrade({ 'api.autoscaling': on, 'worker.autoscaling': on });
    const scaled = await uids();
    await release.upgrade();
    const after = await uids();
    return before
      .filter((uid) => !scaled.includes(uid) || !after.includes(uid))
      .map((uid) => `the pod ${uid} was ended`);
  },
};
