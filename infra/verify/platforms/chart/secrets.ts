/**
 * Whether a Secret that others keep makes new pods at the next upgrade when it has changed, and
 * only then.
 */
import { scenarioOf } from '../../../helm/helm.ts';
import type { Space } from './space.ts';

const CHANGED = JSON.stringify({ stringData: { CURSOR_SECRET: 'another secret of the cluster' } });

/** What the pods of an upgrade now would be marked with. */
const marksOf = async ({ install }: Space): Promise<string> =>
  (await install(scenarioOf('local-existing-secret'), '--dry-run=server')).match(/checksum\/secret: \S+/g)?.join() ??
  '';

/** In a sentence each, what is wrong. */
export const checkKeptSecret = async (space: Space): Promise<string[]> => {
  const [first, again] = [await marksOf(space), await marksOf(space)];
  await space.kubectl('patch', 'secret', 'kept-elsewhere', '-p', CHANGED);
  const changed = await marksOf(space);
  return [
    ...(first === '' ? ['pods are not marked with a Secret that others keep'] : []),
    ...(first === again ? [] : ['a Secret that has not changed makes new pods']),
    ...(first === changed ? ['a Secret that has changed makes no new pods'] : []),
  ];
};
