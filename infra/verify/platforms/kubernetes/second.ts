/**
 * Another release of the same name in another namespace, its dashboards in the same place, its
 * first key declared: neither touches the other.
 */

import { command, makeCluster } from '../../../tools/cluster.ts';
import { makeAsker } from './counting-client.ts';
import { forward } from './pods.ts';
import { CHART, KEYS, LOCAL_VALUES, RELEASE, type Release, valueArgs, valuesOf } from './release.ts';
import { claimVolume, createRestricted } from './restricted.ts';

const EVENTS = '/api/v1/events/';
const WAIT = ['--wait', '--timeout', '150s'];
const DASHBOARDS_EACH = 2;
const FIRST_KEY = 'first-key';

interface Boards {
  items: { data: Record<string, string> }[];
}

const dashboardsOf = async ({ tools }: Release): Promise<string[]> => {
  const { items } = await tools.get<Boards>('configmaps', '-l', 'grafana_dashboard=1');
  return items.flatMap(({ data }) => Object.values(data).map((text) => (JSON.parse(text) as { uid: string }).uid));
};

/** In a sentence each, what is wrong. */
export const twoReleases = async (first: Release, say: (text: string) => void): Promise<string[]> => {
  const second = makeCluster(`${first.namespace}-b`);
  const wrong: string[] = [];
  const expect = (fine: boolean, sentence: string): void => {
    if (!fine) wrong.push(sentence);
  };
  try {
    await createRestricted(second);
    await claimVolume(second, first.tools, RELEASE);
    const token = (await command(process.execPath, [KEYS, 'token'])).trim();
    await second.kubectl('create', 'secret', 'generic', FIRST_KEY, `--from-literal=token=${token}`);
    const less = {
      ...valuesOf(first.tools),
      'api.replicas': 1,
      'worker.replicas': 1,
      'service.type': 'ClusterIP',
      'auth.firstKey.secretName': FIRST_KEY,
    };
    await second.helm('install', RELEASE, CHART, '-f', LOCAL_VALUES, ...valueArgs(less), ...WAIT);
    const uids = await dashboardsOf(first);
    expect(new Set(uids).size === 2 * DASHBOARDS_EACH, `the dashboards of both are ${uids.join(', ')}`);

    const api = await forward(second, `service/${RELEASE}`, 80, '/health/live');
    const [ours, theirs] = [makeAsker(first), makeAsker({ url: api.url, key: token })];
    const known = await theirs.ask('GET', EVENTS);
    expect(known?.status === 200, `the declared first key: ${known?.status}`);
    const event = { type: 'custom', payload: { release: 'first' } };
    const made = await ours.ask<{ id: string }>('POST', EVENTS, event);
    const here = await ours.ask('GET', `${EVENTS}${made?.body.id}`);
    const there = await theirs.ask('GET', `${EVENTS}${made?.body.id}`);
    expect(here?.status === 200 && there?.status === 404, `an event of the first: ${here?.status}, ${there?.status}`);
    const stranger = makeAsker({ url: api.url, key: first.key });
    const refused = await stranger.ask('GET', EVENTS);
    expect(refused?.status === 401, `a key of the first at the second: ${refused?.status}`);
    for (const one of [theirs, stranger]) one.close();
    await api.stop();

    await second.helm('uninstall', RELEASE, '--wait', '--timeout', '120s');
    const left = await dashboardsOf(first);
    expect(left.length === DASHBOARDS_EACH, `an uninstall of the second left ${left.length} dashboards`);
    expect((await ours.ask('GET', EVENTS))?.status === 200, 'the first does not answer after the second is gone');
    ours.close();
    say('two releases of one name: apart, and one outlives the other');
  } catch (error) {
    wrong.push((error as Error).message);
  } finally {
    await second.helm('uninstall', RELEASE, '--ignore-not-found');
    await second.kubectl('delete', 'namespace', second.namespace, '--ignore-not-found', '--wait=false');
  }
  return wrong.map((sentence) => `two releases: ${sentence}`);
};
