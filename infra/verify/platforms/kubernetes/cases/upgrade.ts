import type { Case } from '../case.ts';

interface Listed {
  items: { kind: string; metadata: { name: string; resourceVersion: string; generation?: number } }[];
}

/**
 * New pods for both roles while things fall due: no caller notices, and every worker ends its work
 * before it goes.
 */
export const upgrade: Case = {
  name: 'helm upgrade: every pod of api and worker replaced',
  due: { count: 500, inMs: 15_000, overMs: 30_000 },
  perSecond: 5,
  answerMs: 300,
  play: async ({ release }) => {
    const before = [...(await release.pods('api')), ...(await release.pods('worker'))].map(({ name }) => name);
    // Of these two roles alone: a value of the whole chart restarts the local AWS too, which has no
    // second pod.
    await release.upgrade({ 'api.graceSeconds': 26, 'worker.graceSeconds': 46 });
    const after = [...(await release.pods('api')), ...(await release.pods('worker'))].map(({ name }) => name);
    const same = after.filter((name) => before.includes(name));
    return same.length > 0 ? [`${same.join(', ')} was not replaced`] : [];
  },
};

const KINDS = ['replicasets', 'deployments', 'statefulsets', 'secrets', 'configmaps', 'services'];

/** Whether an upgrade that changes nothing leaves everything as it is. */
export const repeated: Case = {
  name: 'the same helm upgrade again: nothing changes',
  due: { count: 20, inMs: 5_000, overMs: 5_000 },
  perSecond: 5,
  play: async ({ release }) => {
    const state = async (): Promise<string[]> => {
      const args = [KINDS.join(','), '-l', 'app.kubernetes.io/instance=event-system'];
      const { items } = await release.get<Listed>(...args);
      return items.map(({ kind, metadata: { name, generation, resourceVersion } }) =>
        // What has a status gets a new version by itself.
        [kind, name, generation ?? resourceVersion].join(' '),
      );
    };
    await release.upgrade();
    const before = await state();
    await release.upgrade();
    const after = await state();
    return [
      ...after.filter((one) => !before.includes(one)).map((one) => `is new: ${one}`),
      ...before.filter((one) => !after.includes(one)).map((one) => `is gone: ${one}`),
    ];
  },
};
