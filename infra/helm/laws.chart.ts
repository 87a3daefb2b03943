/** What holds of every object of every scenario. */
import { beforeAll, describe, expect, it } from 'vitest';
import { SECRETS_OF } from '../../lib/runtime/settings.ts';
import { type Manifest, NAMESPACE, RELEASE, render, scenarios } from './helm.ts';
import { at, type Container, containersOf, idOf, podSpecOf } from './manifests.ts';

const HOST_FIELDS = ['hostNetwork', 'hostPID', 'hostIPC'];
const AS_UNPRIVILEGED = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};
/** The one exception, for localAws.storage.chown alone. */
const AS_ROOT = {
  ...AS_UNPRIVILEGED,
  runAsUser: 0,
  runAsNonRoot: false,
  capabilities: { drop: ['ALL'], add: ['CHOWN'] },
};
const isChown = ({ name }: Container): boolean => name === 'chown';
/** What the Pod Security Standard `restricted` allows. */
const VOLUMES = 'configMap csi downwardAPI emptyDir ephemeral persistentVolumeClaim projected secret'.split(' ');
const NAME_BYTES_MAX = 63;
const ALL_SECRETS = ['CURSOR_SECRET', 'WEBHOOK_SECRETS', 'FIELD_KEYS', 'SMTP_URL'];

for (const { name } of scenarios) {
  describe(`every object of ${name}`, () => {
    let manifests: Manifest[] = [];
    const pods = () => manifests.flatMap((one) => ({ id: idOf(one), pod: podSpecOf(one) })).filter(({ pod }) => pod);
    const containers = () =>
      pods().flatMap(({ id, pod }) => (pod ? containersOf(pod) : []).map((container) => ({ id, pod, container })));

    beforeAll(async () => {
      manifests = await render(name);
    });

    it('is there once, says whose it is, and fits into a DNS label', () => {
      const ids = manifests.map((one) => `${one.apiVersion}/${idOf(one)}`);
      expect(ids).toEqual([...new Set(ids)]);
      for (const { metadata } of manifests) {
        expect(metadata.labels?.['app.kubernetes.io/instance'], metadata.name).toBe(RELEASE);
        expect(metadata.labels?.['app.kubernetes.io/managed-by'], metadata.name).toBe('Helm');
        expect(metadata.name.length).toBeLessThanOrEqual(NAME_BYTES_MAX);
        if (metadata.namespace !== undefined)
          expect([NAMESPACE, 'monitoring', 'istio-ingress', 'certificates']).toContain(metadata.namespace);
      }
    });

    it('runs without privileges, and with nothing of the node', () => {
      expect(pods().length).toBeGreaterThanOrEqual(3);
      for (const { id, pod } of pods()) {
        expect(pod?.securityContext, id).toMatchObject({
          runAsNonRoot: true,
          seccompProfile: { type: 'RuntimeDefault' },
        });
        expect(pod?.automountServiceAccountToken, id).toBe(false);
        for (const field of HOST_FIELDS) expect(pod, id).not.toHaveProperty(field);
        const volumes = (pod?.volumes ?? []) as Record<string, unknown>[];
        for (const { name, ...source } of volumes)
          expect(VOLUMES, `${id} ${name}`).toContain(Object.keys(source).join());
      }
    });

    it('has a container that may do nothing but its work', () => {
      for (const { id, container } of containers()) {
        expect(container.securityContext, id).toEqual(isChown(container) ? AS_ROOT : AS_UNPRIVILEGED);
        expect(container.image, id).toMatch(/(@sha256:[0-9a-f]{64}|:[^:/]+)$/);
        expect(container.image, id).not.toMatch(/:latest$/);
        expect(container.resources?.limits?.memory, id).toBeTruthy();
        expect(container.resources?.requests?.cpu, id).toBeTruthy();
        for (const bound of ['requests', 'limits'] as const)
          expect(container.resources?.[bound]?.['ephemeral-storage'], id).toBeTruthy();
        for (const port of (container.ports ?? []) as object[]) expect(port).not.toHaveProperty('hostPort');
      }
    });

    it('gives no variable twice, and no secret in the open', () => {
      for (const { id, container } of containers()) {
        const names = (container.env ?? []).map((one) => one.name);
        expect(names, id).toEqual([...new Set(names)]);
        const open = (container.env ?? []).filter(({ value }) => value !== undefined).map((one) => one.name);
        expect(
          open.filter((one) => /SECRET|FIELD_KEYS|SMTP_URL|API_KEY|FIRST_KEY/.test(one)),
          id,
        ).toEqual([]);
      }
      const data = manifests.filter(({ kind }) => kind === 'ConfigMap').flatMap((one) => Object.keys(one.data ?? {}));
      for (const secret of ALL_SECRETS) {
        expect(data).not.toContain(secret);
      }
    });

    it('gives each pod the secrets of its role, and the others none', () => {
      const optional: Record<string, string[]> = { api: ['FIELD_KEYS'], worker: ['FIELD_KEYS'] };
      for (const { id, container } of containers()) {
        const given = (container.env ?? []).map((one) => one.name).filter((one) => ALL_SECRETS.includes(one));
        const role = container.name as keyof typeof SECRETS_OF;
        expect(given.toSorted(), id).toEqual([...(SECRETS_OF[role] ?? []), ...(optional[role] ?? [])].toSorted());
      }
    });

    it('is looked at by the health paths, never by what it depends on to be alive', () => {
      for (const deployment of manifests.filter(({ kind }) => kind === 'Deployment')) {
        const probe = (kind: string) => at(deployment, `spec.template.spec.containers.0.${kind}Probe.httpGet.path`);
        expect([probe('startup'), probe('liveness'), probe('readiness')]).toEqual([
          '/health/live',
          '/health/live',
          '/health/ready',
        ]);
        const { periodSeconds, timeoutSeconds, failureThreshold } = at(
          deployment,
          'spec.template.spec.containers.0.readinessProbe',
        ) as Record<string, number>;
        // How long a frozen pod still gets requests, at most.
        expect(Number(periodSeconds) + Number(timeoutSeconds) * Number(failureThreshold)).toBeLessThanOrEqual(8);
      }
    });

    it('outlives its own time to finish', () => {
      for (const deployment of manifests.filter(({ kind }) => kind === 'Deployment')) {
        const grace = Number(at(deployment, 'spec.template.spec.terminationGracePeriodSeconds'));
        const [container] = podSpecOf(deployment)?.containers ?? [];
        const own = Number(container?.env?.find((one) => one.name === 'GRACE_SECONDS')?.value);
        expect(grace).toBeGreaterThan(own);
        expect(at(deployment, 'spec.strategy.rollingUpdate.maxUnavailable')).toBe(0);
      }
    });

    it('selects pods that there are', () => {
      const labels = manifests.flatMap((one) => [
        (podSpecOf(one) && (one.kind === 'Pod' ? one.metadata.labels : at(one, 'spec.template.metadata.labels'))) ?? [],
      ]) as Record<string, string>[];
      const chosen = manifests.flatMap((one) => {
        if (one.kind === 'Service') return [at(one, 'spec.selector')];
        if (one.kind === 'NetworkPolicy') return [at(one, 'spec.podSelector.matchLabels')];
        if (one.kind === 'PodDisruptionBudget') return [at(one, 'spec.selector.matchLabels')];
        return [];
      }) as Record<string, string>[];
      expect(chosen.length).toBeGreaterThanOrEqual(2);
      for (const selector of chosen) {
        const fits = labels.filter((one) => Object.entries(selector).every(([key, value]) => one[key] === value));
        expect(fits, JSON.stringify(selector)).not.toHaveLength(0);
      }
    });
  });
}
