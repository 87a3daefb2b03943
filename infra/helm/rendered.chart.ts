/** What each value does. */

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../lib/config.ts';
import { SECRETS_OF } from '../../lib/runtime/settings.ts';
import { type Manifest, render, scenarios } from './helm.ts';
import { at, environmentOf, find, kinds, podSpecOf } from './manifests.ts';

const SECRETS: Record<string, string> = {
  CURSOR_SECRET: 'x'.repeat(16),
  WEBHOOK_SECRETS: `whsec_${'A'.repeat(44)}`,
  SMTP_URL: 'smtp://mail',
};
const decoded = (secret: Manifest, key: string): string =>
  Buffer.from((secret.data as Record<string, string>)[key] ?? '', 'base64').toString();
const podOf = (manifests: Manifest[], name: string) => podSpecOf(find(manifests, 'Deployment', name));
const checksums = (manifests: Manifest[]) =>
  ['api', 'worker'].map((role) => {
    const { metadata } = at(find(manifests, 'Deployment', `event-system-${role}`), 'spec.template') as Manifest;
    return Object.values(metadata.annotations ?? {}).join();
  });

describe('the environment', () => {
  for (const { name } of scenarios) {
    it(`of ${name} is one that the service starts with`, async () => {
      const manifests = await render(name);
      const configMap = kinds(manifests, 'ConfigMap').find((one) => !one.includes('dashboard')) ?? '';
      for (const needs of Object.values(SECRETS_OF)) {
        const secrets = Object.fromEntries(needs.map((secret) => [secret, SECRETS[secret]]));
        expect(() => parseConfig({ ...environmentOf(manifests, configMap), ...secrets }, { needs })).not.toThrow();
      }
    });
  }

  it('names what serverless.yml names, by stage, region and account', async () => {
    const queue = 'https://sqs.eu-central-1.amazonaws.com/123456789012/event-notification-service-prod';
    expect(environmentOf(await render('production'))).toMatchObject({
      TABLE_NAME: 'event-notification-service-prod',
      SCHEDULE_GROUP: 'event-notification-service-prod',
      DELIVERY_QUEUE_ARN: 'arn:aws:sqs:eu-central-1:123456789012:event-notification-service-prod-delivery',
      DELIVERY_QUEUE_URL: `${queue}-delivery`,
      SCHEDULE_QUEUE_URL: `${queue}-schedule`,
      EVENT_QUEUE_URL: `${queue}-events`,
      RECONCILE_QUEUE_URL: `${queue}-reconcile`,
      REPLAY_QUEUE_URL: `${queue}-replay`,
      DEAD_LETTER_QUEUE_URL: `${queue}-dead-letters`,
    });
  });

  it('takes other names, and the partition of the region', async () => {
    expect(environmentOf(await render('aws-names'))).toMatchObject({
      TABLE_NAME: 'notifications',
      EVENT_QUEUE_URL: 'https://sqs.cn-north-1.amazonaws.com.cn/123456789012/incoming',
      REPLAY_QUEUE_URL: 'https://sqs.cn-north-1.amazonaws.com.cn/123456789012/event-notification-service-test-replay',
      DELIVERY_QUEUE_ARN: 'arn:aws-cn:sqs:cn-north-1:123456789012:event-notification-service-test-delivery',
      AWS_ENDPOINT_URL: 'https://aws.example.com',
    });
  });

  it('has credentials with the local AWS alone', async () => {
    expect(environmentOf(await render('local'))).toMatchObject({ AWS_ACCESS_KEY_ID: 'local' });
    expect(environmentOf(await render('aws'))).not.toHaveProperty('AWS_ACCESS_KEY_ID');
  });

  it('has numbers and flags as text, and nothing for what is empty', async () => {
    const config = { RETENTION_DAYS: 3650, RATE_LIMIT: 100_000, WEBHOOK_ALLOW_HTTP: false, LOG_LEVEL: '' };
    const environment = environmentOf(await render('aws', { config }));
    expect(environment).toMatchObject({ RETENTION_DAYS: '3650', RATE_LIMIT: '100000', WEBHOOK_ALLOW_HTTP: 'false' });
    expect(environment).not.toHaveProperty('LOG_LEVEL');
    expect(environment).not.toHaveProperty('JWT_ISSUER');
  });

  it('says who checks tokens', async () => {
    expect(environmentOf(await render('aws-jwt'))).toMatchObject({
      AUTH_MODE: 'jwt',
      JWT_ISSUER: 'https://id.example.com/',
      JWT_AUDIENCE: 'event-system',
      JWT_JWKS_URL: 'https://id.example.com/keys',
      JWT_SCOPE_CLAIM: 'scp',
    });
  });
});

describe('a change', () => {
  it('of the configuration or of a secret makes new pods of both roles, and none of the local AWS', async () => {
    const before = await render('local');
    const config = await render('local', { config: { LOG_LEVEL: 'DEBUG' } });
    const secret = await render('local', { secrets: { CURSOR_SECRET: 'another secret of it' } });
    for (const [index, checksum] of checksums(before).entries()) {
      expect(new Set([checksum, checksums(config)[index], checksums(secret)[index]]).size).toBe(3);
    }
    const templateOf = (manifests: Manifest[]) => find(manifests, 'StatefulSet', 'event-system-local-aws').spec;
    expect(templateOf(config)).toEqual(templateOf(before));
  });

  it('of a secret cannot be guessed from what the pods are marked with', async () => {
    const secrets = { SMTP_URL: 'smtp://user:hunter2@mail' };
    const marks = async () => checksums(await render('local', { secrets }));
    const [first, second] = [await marks(), await marks()];
    const guess = (values: object) => createHash('sha256').update(JSON.stringify(values)).digest('hex');
    const all = {
      CURSOR_SECRET: '',
      FIELD_KEYS: '',
      SMTP_URL: secrets.SMTP_URL,
      WEBHOOK_SECRETS: '',
      existingSecret: '',
    };
    for (const values of [all, secrets]) expect(first.join()).not.toContain(guess(values));
    // The key is of the release: here, without a cluster, made anew.
    expect(first[0]).not.toBe(second[0]);
  });

  it('of nothing makes none where the secrets are given, wherever it is rendered', async () => {
    const secrets = { CURSOR_SECRET: SECRETS.CURSOR_SECRET, WEBHOOK_SECRETS: SECRETS.WEBHOOK_SECRETS };
    expect(checksums(await render('local', { secrets }))).toEqual(checksums(await render('local', { secrets })));
  });

  it('of nothing makes none, though secrets are made up anew each time they are rendered', async () => {
    const [first, second] = [await render('local'), await render('local')];
    expect(checksums(first)).toEqual(checksums(second));
  });
});

describe('the Secret', () => {
  it('is made up in the form that the service wants, kept by an uninstall, and never the same twice', async () => {
    const [first, second] = [await render('local'), await render('local')].map((one) =>
      find(one, 'Secret', 'event-system'),
    ) as [Manifest, Manifest];
    expect(decoded(first, 'WEBHOOK_SECRETS')).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(decoded(first, 'CURSOR_SECRET')).toHaveLength(44);
    expect(decoded(first, 'CURSOR_SECRET')).not.toBe(decoded(second, 'CURSOR_SECRET'));
    expect(first.metadata.annotations).toEqual({ 'helm.sh/resource-policy': 'keep' });
  });

  it('has what is given', async () => {
    const secrets = { ...SECRETS, FIELD_KEYS: `k1:${Buffer.alloc(32).toString('base64')}` };
    const secret = find(await render('local', { secrets }), 'Secret', 'event-system');
    for (const [key, value] of Object.entries(secrets)) expect(decoded(secret, key)).toBe(value);
  });

  it('is not made where another is named', async () => {
    const manifests = await render('aws-existing-secret');
    expect(kinds(manifests, 'Secret')).toEqual([]);
    const names = ['event-system-api', 'event-system-worker'].flatMap((name) =>
      podOf(manifests, name)?.containers[0]?.env?.flatMap((one) => at(one, 'valueFrom.secretKeyRef.name') ?? []),
    );
    expect(names).toEqual(Array(5).fill('kept-elsewhere'));
  });
});

describe('the first key', () => {
  it('is given to the API alone, by the name of its Secret', async () => {
    const auth = { firstKey: { secretName: 'first-key' } };
    const manifests = await render('aws', { auth });
    const holders = manifests.filter((one) => JSON.stringify(one).includes('FIRST_KEY'));
    expect(holders.map(({ metadata }) => metadata.name)).toEqual(['event-system-api']);
    expect(podOf(manifests, 'event-system-api')?.containers[0]?.env).toContainEqual({
      name: 'FIRST_KEY',
      valueFrom: { secretKeyRef: { name: 'first-key', key: 'token' } },
    });
  });
});

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
      serviceAccountName: 'somebody',
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

describe('the network', () => {
  it('lets in the gateway and Prometheus, and out what the service calls', async () => {
    const manifests = await render('local-network-policy');
    const { spec } = find(manifests, 'NetworkPolicy', 'event-system-api');
    expect(at(spec, 'ingress')).toEqual([
      {
        ports: [{ port: 'http' }],
        from: [
          { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'istio-system' } } },
          { podSelector: { matchLabels: expect.objectContaining({ 'app.kubernetes.io/component': 'test' }) } },
        ],
      },
      {
        ports: [{ port: 'metrics' }],
        from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
      },
    ]);
    const ports = (at(spec, 'egress') as { ports: { port: number }[] }[]).map(({ ports: [first] }) => first?.port);
    expect(ports).toEqual([53, 443, 4566, 8080]);
    const worker = at(find(manifests, 'NetworkPolicy', 'event-system-worker'), 'spec.ingress') as object[];
    expect(worker).toHaveLength(1);
  });

  const peersOf = async (scenario: string, values: object = {}) =>
    at(
      find(
        await render(scenario, { networkPolicy: { enabled: true }, ...values }),
        'NetworkPolicy',
        'event-system-api',
      ),
      'spec.ingress.0.from',
    );
  const namespace = (name: string) => ({
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } },
  });

  it('lets in what is in the namespace by default, and a gateway elsewhere that the values name', async () => {
    const own = { podSelector: {} };
    expect(await peersOf('aws')).toEqual([own]);
    expect(await peersOf('local-istio')).toEqual([own]);
    const ingress = { ...namespace('istio-ingress'), podSelector: { matchLabels: { app: 'ingress' } } };
    expect(await peersOf('aws-istio-shared')).toEqual([own, ingress]);
    expect(await peersOf('aws-istio-shared', { istio: { gateway: { namespace: '' } } })).toEqual([own, ingress]);
    expect(await peersOf('aws-gateway-api-shared')).toEqual([own, namespace('gateways')]);
    const addresses = [{ type: 'Hostname', value: 'istio-ingress.edge.svc.cluster.local' }];
    expect(await peersOf('aws-gateway-api-certificate', { gatewayApi: { gateway: { addresses } } })).toEqual([
      own,
      namespace('edge'),
    ]);
  });

  it('has the API at port 80 and the metrics of both roles at 9090, ready or not', async () => {
    const manifests = await render('aws');
    const ports = at(find(manifests, 'Service', 'event-system'), 'spec.ports');
    expect(ports).toMatchObject([
      { name: 'http', port: 80 },
      { name: 'metrics', port: 9090 },
    ]);
    expect(find(manifests, 'Service', 'event-system-metrics').spec).toMatchObject({
      clusterIP: 'None',
      publishNotReadyAddresses: true,
    });
  });

  it('has no metrics where the Service reaches beyond the cluster', async () => {
    const manifests = await render('aws', { service: { type: 'NodePort', nodePort: 30201 } });
    expect(at(find(manifests, 'Service', 'event-system'), 'spec.ports')).toMatchObject([
      { name: 'http', nodePort: 30201 },
    ]);
  });
});
