/** The examples beside the chart, held against what it renders. */
import { readFileSync } from 'node:fs';
import { loadAll } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { type Manifest, render, type Values } from './helm.ts';
import { at, find, podSpecOf } from './manifests.ts';

const example = (name: string): Manifest[] =>
  loadAll(readFileSync(new URL(`examples/${name}.yaml`, import.meta.url), 'utf8')) as Manifest[];
interface Reference {
  name: string;
  key: string;
  optional?: boolean;
}

/** The Secrets that a pod cannot start without, each with its keys. */
const secretsIn = (pod: unknown): Record<string, string[]> => {
  const found: Record<string, string[]> = {};
  for (const variable of at(pod, 'containers.0.env') as { valueFrom?: { secretKeyRef?: Reference } }[]) {
    const { name, key, optional } = variable.valueFrom?.secretKeyRef ?? {};
    if (name !== undefined && key !== undefined && !optional) found[name] = [...(found[name] ?? []), key];
  }
  return found;
};

describe('the example', () => {
  it('for Argo CD has values that the chart takes, and leaves the number of pods to the autoscalers', async () => {
    const [application] = example('argo-cd');
    const manifests = await render('production', at(application, 'spec.source.helm.valuesObject') as Values);
    const deployment = find(manifests, 'Deployment', 'event-system-api');
    expect(deployment.metadata.annotations).toEqual({ 'reloader.stakater.com/auto': 'true' });
    expect(at(application, 'spec.ignoreDifferences.0.jsonPointers')).toEqual(['/spec/replicas']);
    expect(manifests.filter(({ kind }) => kind === 'Secret')).toEqual([]);
  });

  it('for External Secrets makes the Secrets that the one for Argo CD names, with every key that pods wait for', async () => {
    const [application] = example('argo-cd');
    const manifests = await render('production', at(application, 'spec.source.helm.valuesObject') as Values);
    const made = Object.fromEntries(
      example('external-secrets').map((one) => [
        String(at(one, 'spec.target.name')),
        (at(one, 'spec.data') as { secretKey: string }[]).map(({ secretKey }) => secretKey),
      ]),
    );
    for (const role of ['api', 'worker']) {
      const needed = secretsIn(podSpecOf(find(manifests, 'Deployment', `event-system-${role}`)));
      for (const [name, keys] of Object.entries(needed)) expect(made[name]).toEqual(expect.arrayContaining(keys));
    }
  });

  it('of a pod with the volume takes the claim of the local AWS, as the user who wrote it', async () => {
    const [pod] = example('volume-pod');
    const manifests = await render('local');
    const { metadata, spec } = find(manifests, 'StatefulSet', 'event-system-local-aws');
    const claim = `${at(spec, 'volumeClaimTemplates.0.metadata.name')}-${metadata.name}-0`;
    expect(at(pod, 'spec.volumes.0.persistentVolumeClaim.claimName')).toBe(claim);
    expect(at(pod, 'spec.securityContext')).toMatchObject({ runAsUser: 10001, runAsNonRoot: true });
    expect(at(spec, 'template.spec.securityContext.runAsUser')).toBe(10001);
  });
});
