/**
 * A backup of the local AWS and its return, by the commands of the chart's README, onto a volume
 * that is new.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../kit/until.ts';
import { commandsAfter, runCommands } from '../documented.ts';
import { makeAsker } from './counting-client.ts';
import { allReady, noneOf } from './pods.ts';
import { RELEASE, type Release } from './release.ts';
import { claimVolume } from './restricted.ts';
import { NOTIFICATIONS } from './traffic.ts';

const README = 'infra/helm/event-system/README.md';
const POD = 'infra/helm/examples/volume-pod.yaml';
const IMAGE = 'busybox:1.37';
const YEAR_MS = 365 * 86_400_000;

/**
 * As written, but for the namespace, and for the image where `TOOLBOX_IMAGE` names one that the
 * cluster has.
 */
const asWritten = (marker: string, { namespace }: Release, directory: string): string => {
  const pod = join(directory, 'volume-pod.yaml');
  writeFileSync(pod, readFileSync(POD, 'utf8').replace(IMAGE, process.env.TOOLBOX_IMAGE ?? IMAGE));
  return commandsAfter(README, marker).replaceAll('-n event-system', `-n ${namespace}`).replaceAll(POD, pod);
};

/** In a sentence each, what is wrong. */
export const backupAndRestore = async (
  release: Release,
  directory: string,
  say: (text: string) => void,
): Promise<string[]> => {
  const { kubectl } = release;
  const asker = makeAsker(release);
  const statusOf = async (id: string): Promise<number | undefined> =>
    (await asker.ask('GET', `${NOTIFICATIONS}${id}`, undefined, { connection: 'close' }))?.status;
  const back = async (): Promise<void> => {
    await allReady(release, 'local-aws', 1);
    await Promise.all([allReady(release, 'api', 2), allReady(release, 'worker', 2)]);
  };
  try {
    const send_at = new Date(Date.now() + YEAR_MS).toISOString();
    const body = { notification_type: 'user.signup', entity_id: 'backup', send_at, email: 'user@example.com' };
    const made = await asker.ask<{ id: string }>('POST', NOTIFICATIONS, body);
    if (made?.status !== 201) return [`before the backup a POST answered ${made?.status ?? 'nothing'}`];
    await runCommands(asWritten('**Backup.**', release, directory), { cwd: directory });
    await back();

    await kubectl('scale', 'statefulset/event-system-local-aws', '--replicas=0');
    await noneOf(release, 'local-aws');
    await kubectl('delete', 'pvc', `data-${RELEASE}-local-aws-0`, '--wait', '--timeout=60s');
    await claimVolume(release, release.tools, RELEASE);
    await kubectl('scale', 'statefulset/event-system-local-aws', '--replicas=1');
    await back();
    const lost = await statusOf(made.body.id);
    await runCommands(asWritten('**Restore.**', release, directory), { cwd: directory });
    await back();
    // A process remembers for a moment that it did not know the key.
    const isBack = async (): Promise<boolean> => (await statusOf(made.body.id)) === 200;
    await until('the notification is back', isBack, { deadlineMs: 60_000, everyMs: 1_000 }).catch(() => undefined);
    const found = await statusOf(made.body.id);
    say(`backup and restore: ${lost} on a new volume, ${found} with the backup on it`);
    return [
      ...(lost === 200 ? ['the notification outlived its volume: nothing was shown'] : []),
      ...(found === 200 ? [] : [`after the restore the notification is ${found ?? 'not answered'}`]),
    ];
  } catch (error) {
    return [`backup and restore: ${(error as Error).message}`];
  } finally {
    asker.close();
  }
};
