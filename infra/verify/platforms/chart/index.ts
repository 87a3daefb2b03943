/**
 * `npm run check:chart -- --cluster`: the chart on the cluster that KUBECONFIG points to, where
 * IMAGE (localhost/event-system:dev) is.
 */
import { applyCrds } from './crds.ts';
import { checkLife } from './life.ts';
import { checkScenarios } from './scenarios.ts';

/** Resolves with what was seen; rejects with what is wrong. */
export const checkOnCluster = async (say: (text: string) => void): Promise<string> => {
  say(`${await applyCrds()} kinds of others added`);
  const wrong = [...(await checkLife(say)), ...(await checkScenarios(say))];
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
  return 'every scenario installs, or is accepted';
};
