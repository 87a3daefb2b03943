/** One release from its installation to what it leaves: changed, taken back, removed, installed again. */

import { randomBytes } from 'node:crypto';
import { RELEASE, scenarioOf } from '../../../helm/helm.ts';
import { until } from '../../kit/until.ts';
import { checkApplied } from './applied.ts';
import { checkKeptSecret } from './secrets.ts';
import { makeSpace, type Space } from './space.ts';

const KEYS = ['exec', 'deploy/event-system-api', '--', 'node', 'infra/keys/main.mjs'];

interface Named {
  items: { kind: string; metadata: { name: string } }[];
}

const secretOf = async ({ get }: Space): Promise<string> =>
  JSON.stringify((await get<{ data: object }>('secret', RELEASE)).data);

const logLevelOf = async ({ kubectl }: Space): Promise<string> =>
  kubectl('exec', 'deploy/event-system-worker', '--', 'node', '-p', 'process.env.LOG_LEVEL');

const uidsOf = async ({ pods }: Space): Promise<string[]> => {
  const found = await Promise.all((['api', 'worker', 'local-aws'] as const).map((component) => pods(component)));
  return found.map((some) => some.map(({ uid }) => uid).join());
};

/** Everything of the release that is still there. */
const left = async ({ kubectl }: Space): Promise<string[]> => {
  const kinds = 'all,configmap,secret,serviceaccount,pvc,pdb,networkpolicy,hpa';
  const printed = await kubectl('get', kinds, '-l', `app.kubernetes.io/instance=${RELEASE}`, '-o', 'json');
  const volumes = await kubectl('get', 'pvc', '-o', 'json');
  const items = [printed, volumes].flatMap((text) => (JSON.parse(text) as Named).items);
  return [...new Set(items.map(({ kind, metadata }) => `${kind}/${metadata.name}`))].sort();
};

const LEFT = ['PersistentVolumeClaim/data-event-system-local-aws-0', 'Pod/event-system-test', 'Secret/event-system'];

/** What is wrong, in a sentence each. */
export const checkLife = async (say: (text: string) => void): Promise<string[]> => {
  const space = await makeSpace('life');
  const { helm, kubectl } = space;
  const wrong: string[] = [];
  const expect = (fine: boolean, sentence: string): void => {
    if (!fine) wrong.push(sentence);
  };
  const local = scenarioOf('local');
  try {
    wrong.push(...(await checkApplied(space)), ...(await checkKeptSecret(space)));
    await space.claim();
    const notes = await space.install(local);
    for (const one of ['secret/event-system', 'pvc/data-event-system-local-aws-0', 'pod/event-system-test']) {
      expect(notes.includes(one), `NOTES.txt does not say that ${one} is left`);
    }
    const key = await kubectl(...KEYS, 'create', '--scopes', 'admin', '--name', 'kept');
    expect(/^\S{20,}$/.test(key.trim()), `the first key is ${key}`);
    const [secret, before] = [await secretOf(space), await uidsOf(space)];

    await space.install(local);
    expect((await uidsOf(space)).join() === before.join(), 'an upgrade that changes nothing replaced pods');
    expect((await secretOf(space)) === secret, 'an upgrade made another secret');

    const fieldKeys = `secrets.FIELD_KEYS=k1:${randomBytes(32).toString('base64')}`;
    await space.install(local, '--set', 'config.LOG_LEVEL=DEBUG', '--set', fieldKeys);
    const changed = await uidsOf(space);
    expect((await logLevelOf(space)).trim() === 'DEBUG', 'an upgrade did not reach the workers');
    expect(
      changed[0] !== before[0] && changed[1] !== before[1],
      'a change of the configuration left pods as they were',
    );
    expect(changed[2] === before[2], 'a change of the configuration restarted the local AWS');
    const sealing = await secretOf(space);
    expect(sealing !== secret, 'an upgrade did not take the keys of fields');
    await space.install(local, '--set', 'config.LOG_LEVEL=DEBUG');
    expect((await secretOf(space)) === sealing, 'an upgrade that does not name them lost the keys of fields');
    say('upgraded: new pods, the secrets kept, the local AWS untouched');

    const running = await uidsOf(space);
    const refused = await space.install(local, '--set', 'stage=prod').catch((error: Error) => error.message);
    expect(refused.includes('localAws.enabled: must not be true in a prod stage'), `a bad upgrade said ${refused}`);
    expect((await uidsOf(space)).join() === running.join(), 'a refused upgrade touched pods');

    await helm('rollback', RELEASE, '1', '--wait', '--timeout', '180s');
    expect((await logLevelOf(space)).trim() === 'undefined', 'a rollback did not take the value back');
    expect((await secretOf(space)) === secret, 'a rollback did not take the Secret back');
    await space.test();
    say('rolled back, and tested');

    await space.uninstall();
    const remains = await until(
      'pods have ended',
      async () => {
        const now = await left(space);
        return now.some((one) => /^Pod\/event-system-(api|worker|local)/.test(one)) ? false : now;
      },
      { deadlineMs: 90_000, everyMs: 1_000 },
    );
    expect(
      remains.join() === LEFT.join(),
      `an uninstall leaves ${remains.join(', ')}, NOTES.txt says ${LEFT.join(', ')}`,
    );

    await space.install(local);
    expect((await secretOf(space)) === secret, 'a new install did not take up the secret');
    expect((await kubectl(...KEYS, 'list')).includes('kept'), 'a new install did not take up the data');
    say('uninstalled and installed again: secret and data taken up');
    return wrong;
  } catch (error) {
    return [...wrong, `life: ${(error as Error).message}`];
  } finally {
    await space.leave();
  }
};
