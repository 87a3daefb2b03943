/**
 * The chart on the cluster that KUBECONFIG points to, in a namespace of its own that enforces the
 * Pod Security Standard `restricted`, reached by node ports. `KUBERNETES_ONLY`: the parts to play.
 * `TOOLBOX_IMAGE` (busybox:1.37): an image of the cluster with sh and tar. `IMAGE_LOADER`: a
 * command that is given the image archive's path (`IMAGE_ARCHIVE`) and makes the image known to the
 * cluster; without it, it is there. `NODE_ADDRESS` (127.0.0.1): where node ports are reached.
 * `RECEIVER_HOST` (the node's address): where pods reach this machine.
 */

import { command, nodeAddress } from '../../../tools/cluster.ts';
import type { Platform } from '../platform.ts';
import { backupAndRestore } from './backup.ts';
import { type Case, playCase, type Row } from './case.ts';
import { autoscale } from './cases/autoscale.ts';
import { freeze } from './cases/freeze.ts';
import { pause } from './cases/pause.ts';
import { deleted, killed } from './cases/pods.ts';
import { scaleDown } from './cases/scale.ts';
import { repeated, upgrade } from './cases/upgrade.ts';
import { memoryOf } from './memory.ts';
import { install, RELEASE, type Release } from './release.ts';
import { twoReleases } from './second.ts';
import { tableOf } from './table.ts';
import { uninstall } from './uninstall.ts';

const CASES: Record<string, Case> = { upgrade, repeated, autoscale, deleted, pause, freeze, scaleDown, killed };
/** Names of cases and of the other parts, in `KUBERNETES_ONLY`. Default: all. */
const wanted = process.env.KUBERNETES_ONLY?.split(',');
const isWanted = (name: string): boolean => wanted?.includes(name) ?? true;
/** No further case is begun after it. */
const BUDGET_MS = 420_000;

const playAll = async (release: Release, receiverHost: string, say: (text: string) => void): Promise<string[]> => {
  const began = performance.now();
  const rows: Row[] = [];
  const wrong: string[] = [];
  for (const [name, one] of Object.entries(CASES)) {
    if (!isWanted(name)) continue;
    if (performance.now() - began > BUDGET_MS) {
      wrong.push(`${one.name}: not played for lack of time`);
      continue;
    }
    const row = await playCase(one, release, receiverHost);
    rows.push(row);
    say(
      `${row.wrong.length === 0 ? 'ok    ' : 'WRONG '} ${one.name}${row.wrong.map((sentence) => `\n         ${sentence}`).join('')}`,
    );
    wrong.push(...row.wrong.map((sentence) => `${one.name}: ${sentence}`));
  }
  say(`\n${tableOf(rows)}\n`);
  return wrong;
};

export const kubernetes: Platform = {
  name: 'kubernetes',
  missing: async () => {
    for (const tool of ['kubectl', 'helm']) {
      const found = await command(tool, ['version', '--client']).catch(() => undefined);
      if (found === undefined)
        return `${tool} is not on PATH; it is a single program, see https://kubernetes.io/docs/tasks/tools/ and https://helm.sh/docs/intro/install/`;
    }
    const answer = await command('kubectl', ['get', 'nodes', '-o', 'name']).catch((error: Error) => error);
    if (answer instanceof Error)
      return `no cluster answers (${answer.message}); set KUBECONFIG to one that may be tried on`;
    return undefined;
  },
  start: async ({ directory, say }) => {
    const { IMAGE_LOADER, IMAGE_ARCHIVE } = process.env;
    if (IMAGE_LOADER) await command('sh', ['-c', `${IMAGE_LOADER} "$1"`, 'sh', IMAGE_ARCHIVE ?? '']);
    const receiverHost = process.env.RECEIVER_HOST ?? (await nodeAddress());
    const release = await install(say);
    const { url, key, localAws, webhookSecrets, remove } = release;
    return {
      url,
      key,
      localAws,
      webhookSecrets,
      receiverHost,
      realTime: true,
      check: async () => [
        ...(await release.helm('test', RELEASE, '--logs').then(
          () => [],
          (error: Error) => [`helm test: ${error.message}`],
        )),
        ...(await playAll(release, receiverHost, say)),
        ...(await memoryOf(release, say)),
        ...(isWanted('releases') ? await twoReleases(release, say) : []),
        ...(isWanted('backup') ? await backupAndRestore(release, directory, say) : []),
        ...(await uninstall(release)),
      ],
      close: remove,
    };
  },
};
