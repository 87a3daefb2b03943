/** What values do to the pods: how many, where, as which user, with which volumes. */

import { describe, expect, it } from 'vitest';
import { type Manifest, render } from './helm.ts';
import { at, find, kinds, podSpecOf } from './manifests.ts';

const podOf = (manifests: Manifest[], name: string) => podSpecOf(find(manifests, 'Deployment', name));

describe('volumes of others', () => {
  it('are in every pod, beside the chart’s own', async () => {
    const extraVolumes = [{ name: 'ca', configMap: { name: 'ca' } }];
    const extraVolumeMounts = [{ name: 'ca', mountPath: '/etc/ca', readOnly: true }];
    const pods = (await render('local', { extraVolumes, extraVolumeMounts })).flatMap((one) => podSpecOf(one) ?? []);
    expect(pods).toHaveLength(4);
    for (const { containers, volumes } of pods) {
      expect(volumes).toContainEqual(extraVolumes[0]);
      expect(containers[0]?.volumeMounts).toContainEqual(extraVolumeMounts[0]);
      expect(containers[0]?.volumeMounts).toContainEqual({ name: 'tmp', mountPath: '/tmp' });
    }
  });
});

describe('the number of pods', () => {
  it('is fixed by default', async () => {
    const manifests = await render('aws');
    expect(at(find(manifests, 'Deployment', 'event-system-api'), 'spec.replicas')).toBe(2);
    expect([...kinds(manifests, 'HorizontalPodAutoscaler'), ...kinds(manifests, 'ScaledObject')]).toEqual([]);
  });

  it('follows the CPU, and then the Deployment says nothing of it', async () => {
    const manifests = await render('local-autoscaling');
    expect(find(manifests, 'Deployment', 'event-system-worker').spec).not.toHaveProperty('replicas');
    const { spec } = find(manifests, 'HorizontalPodAutoscaler', 'event-system-worker');
    expect(spec).toMatchObject({ scaleTargetRef: { name: 'event-system-worker' }, minReplicas: 1, maxReplicas: 3 });
    expect(spec).not.toHaveProperty('behavior');
  });

  it('changes as fast as the values say', async () => {
    const behavior = { scaleDown: { policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] } };
    const scaled = await render('local-autoscaling', { api: { autoscaling: { behavior } } });
    expect(at(find(scaled, 'HorizontalPodAutoscaler', 'event-system-api'), 'spec.behavior')).toEqual(behavior);
    const keda = find(
      await render('aws-keda', { worker: { keda: { behavior } } }),
      'ScaledObject',
      'event-system-worker',
    );
    expect(at(keda, 'spec.advanced.horizontalPodAutoscalerConfig.behavior')).toEqual(behavior);
  });

  it('of workers follows the depth of three queues', async () => {
    const manifests = await render('aws-keda');
    expect(find(manifests, 'Deployment', 'event-system-worker').spec).not.toHaveProperty('replicas');
    const { spec } = find(manifests, 'ScaledObject', 'event-system-worker');
    expect(spec).toMatchObject({ minReplicaCount: 1, maxReplicaCount: 5 });
    const triggers = at(spec, 'triggers') as { metadata: Record<string, string> }[];
    expect(triggers.map(({ metadata }) => metadata.queueURL?.replace(/.*-/, ''))).toEqual([
      'delivery',
      'schedule',
      'events',
    ]);
    expect(triggers[0]?.metadata).toMatchObject({ queueLength: '50', awsRegion: 'eu-central-1' });
    expect(at(find(manifests, 'TriggerAuthentication', 'event-system-worker'), 'spec.podIdentity')).toEqual({
      provider: 'aws',
      identityOwner: 'workload',
    });
  });

  it('may be one, and may be disturbed', async () => {
    const manifests = await render('local-single');
    expect(kinds(manifests, 'PodDisruptionBudget')).toEqual([]);
    expect(podOf(manifests, 'event-system-api')).not.toHaveProperty('topologySpreadConstraints');
  });
});

describe('the local AWS', () => {
  it('is not there unless asked for', async () => {
    for (const name of ['aws', 'production', 'production-fixed']) {
      expect(kinds(await render(name), 'StatefulSet')).toEqual([]);
    }
  });

  it('keeps its volume, is one, and does not restart for what concerns others', async () => {
    const { spec } = find(await render('local'), 'StatefulSet', 'event-system-local-aws');
    expect(spec).toMatchObject({ replicas: 1, persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain' } });
    expect(at(spec, 'volumeClaimTemplates.0.spec')).toEqual({
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
    });
  });
});

describe('a volume that is root’s', () => {
  it('is handed over where that is asked for, and by nothing else of the chart', async () => {
    const initOf = async (chown: boolean) =>
      at(
        find(await render('local', { localAws: { storage: { chown } } }), 'StatefulSet', 'event-system-local-aws'),
        'spec.template.spec.initContainers',
      );
    expect(await initOf(true)).toMatchObject([{ name: 'chown', securityContext: { runAsUser: 0 } }]);
    expect(await initOf(false)).toBeUndefined();
    // The Pod Security Standard `restricted` would refuse it.
    expect((await render('local')).filter((one) => podSpecOf(one)?.initContainers)).toEqual([]);
    expect((await render('production')).filter((one) => podSpecOf(one)?.initContainers)).toEqual([]);
  });
});

describe('where and as whom pods run', () => {
  it('is as the values say', async () => {
    const pod = podOf(await render('aws-placement'), 'notifier-api');
    expect(pod).toMatchObject({
      imagePullSecrets: [{ name: 'pull' }],
      serviceAccountName: 'other-account',
      priorityClassName: 'system-cluster-critical',
      nodeSelector: { 'kubernetes.io/arch': 'arm64' },
      tolerations: [{ key: 'dedicated' }],
      terminationGracePeriodSeconds: 70,
      securityContext: { runAsNonRoot: true },
    });
    expect(pod?.securityContext).not.toHaveProperty('runAsUser');
    expect(pod?.containers[0]?.image).toBe('registry.example.com/team/event-system:1.2.3');
    expect(pod?.containers[0]?.env).toContainEqual({ name: 'HTTPS_PROXY', value: 'http://proxy.example.com:3128' });
    expect(at(pod, 'topologySpreadConstraints.1')).toMatchObject({
      whenUnsatisfiable: 'DoNotSchedule',
      topologyKey: 'kubernetes.io/hostname',
    });
  });

  it('is by default user 10001, with the role that the account is annotated with', async () => {
    const manifests = await render('production');
    expect(podOf(manifests, 'event-system-worker')?.securityContext).toMatchObject({
      runAsUser: 10001,
      fsGroup: 10001,
    });
    expect(find(manifests, 'ServiceAccount', 'event-system').metadata.annotations).toEqual({
      'eks.amazonaws.com/role-arn': 'arn:aws:iam::123456789012:role/event-system',
    });
    expect(podOf(manifests, 'event-system-api')?.containers[0]?.image).toMatch(/@sha256:/);
  });
});
