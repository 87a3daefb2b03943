/** Whether an uninstall leaves what NOTES.txt says that it leaves, and nothing else. */
import { RELEASE, type Release } from './release.ts';

interface Listed {
  items: { kind: string; metadata: { name: string; deletionTimestamp?: string } }[];
}

const KINDS = [
  'pods,deployments,replicasets,statefulsets,services,configmaps,secrets,serviceaccounts,persistentvolumeclaims',
  'poddisruptionbudgets,horizontalpodautoscalers,networkpolicies,roles,rolebindings,jobs',
].join(',');
const SHORT: Record<string, string> = { persistentvolumeclaim: 'pvc' };

/** Those lines of NOTES.txt after "helm uninstall ... leaves" that begin with a kind and a name. */
const promised = (notes: string): string[] => {
  const [, after = ''] = notes.split(/helm uninstall .* leaves\n/);
  return [...after.matchAll(/^ +([a-z]+\/[a-z0-9-]+)/gm)].map(([, what = '']) => what).sort();
};

/** In a sentence each, what is wrong. */
export const uninstall = async ({ helm, get, notes }: Release): Promise<string[]> => {
  await helm('uninstall', RELEASE, '--wait', '--timeout', '120s');
  const { items } = await get<Listed>(KINDS, '-l', `app.kubernetes.io/instance=${RELEASE}`);
  // helm does not wait for pods that finish what they have begun.
  const staying = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const left = staying.map(({ kind, metadata }) => {
    const name = kind.toLowerCase();
    return `${SHORT[name] ?? name}/${metadata.name}`;
  });
  const wanted = promised(notes);
  return [
    ...left
      .filter((one) => !wanted.includes(one))
      .map((one) => `the uninstall left ${one}, which NOTES.txt does not say`),
    ...wanted
      .filter((one) => !left.includes(one))
      .map((one) => `the uninstall did not leave ${one}, which NOTES.txt promises`),
  ];
};
