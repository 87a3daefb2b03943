/** What watches the service, and what tries it out. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { render } from './helm.ts';
import { at, find, kinds, podSpecOf } from './manifests.ts';

const GRAFANA_UID_MAX = 40;

describe('monitoring', () => {
  it('is found as the job event-system, whatever the release is called', async () => {
    const manifests = await render('aws-placement', { serviceMonitor: { enabled: true } });
    const { spec } = find(manifests, 'ServiceMonitor', 'notifier');
    expect(at(spec, 'endpoints.0')).toMatchObject({ port: 'metrics', path: '/metrics', interval: '15s' });
    expect(at(spec, 'endpoints.0.relabelings')).toContainEqual({ targetLabel: 'job', replacement: 'event-system' });
    const { metadata } = find(manifests, 'Service', 'notifier-metrics');
    expect(metadata.labels).toMatchObject(at(spec, 'selector.matchLabels') as object);
  });

  it('has all rules and dashboards there are, with the runbook where it is kept', async () => {
    const manifests = await render('local-everything');
    expect(kinds(manifests, 'PrometheusRule').sort()).toEqual([
      'event-system-alerts',
      'event-system-common',
      'event-system-recording-prometheus',
    ]);
    const alerts = JSON.stringify(find(manifests, 'PrometheusRule', 'event-system-alerts').spec);
    expect(alerts).toContain('"runbook_url":"https://wiki.example.com/event-system/');
    expect(alerts).not.toContain('"runbook_url":"runbook/');
    const boards = manifests.filter(({ metadata }) => metadata.labels?.grafana_dashboard === '1');
    expect(boards.map(({ metadata }) => metadata.name.replace(/-[^-]*$/, ''))).toEqual([
      'event-system-dashboard-delivery',
      'event-system-dashboard-runtime',
    ]);
    for (const { data } of boards) for (const text of Object.values(data as object)) JSON.parse(text);
  });

  it('has dashboards that differ between releases by all that Grafana tells them apart by, and lead to their own', async () => {
    const boardsOf = async (namespace: string, fullnameOverride: string) => {
      const manifests = await render(
        'aws',
        { fullnameOverride, dashboards: { enabled: true, namespace: 'monitoring' } },
        namespace,
      );
      return manifests.flatMap(({ metadata, data }) => {
        if (metadata.labels?.grafana_dashboard !== '1') return [];
        expect(metadata.namespace).toBe('monitoring');
        const [[file = '', text = ''] = []] = Object.entries(data as Record<string, string>);
        const { uid, title, links } = JSON.parse(text) as { uid: string; title: string; links: { url: string }[] };
        expect(uid.length).toBeLessThanOrEqual(GRAFANA_UID_MAX);
        return { name: metadata.name, file, uid, title, links: links.map(({ url }) => url.replace('/d/', '')) };
      });
    };
    const all = await Promise.all([boardsOf('a', 'x'), boardsOf('b', 'x'), boardsOf('a', 'y')]);
    for (const field of ['name', 'file', 'uid', 'title'] as const) {
      expect(new Set(all.flat().map((board) => board[field])).size, field).toBe(all.flat().length);
    }
    for (const boards of all) {
      const uids = boards.map(({ uid }) => uid);
      for (const link of boards.flatMap(({ links }) => links)) expect(uids).toContain(link);
    }
  });

  it('records from CloudWatch where that is said', async () => {
    const manifests = await render('aws', { prometheusRule: { enabled: true, source: 'cloudwatch' } });
    const recording = kinds(manifests, 'PrometheusRule').filter((one) => one.includes('recording'));
    expect(recording).toEqual(['event-system-recording-cloudwatch']);
  });

  it('is off by default', async () => {
    const manifests = await render('aws');
    expect([...kinds(manifests, 'ServiceMonitor'), ...kinds(manifests, 'PrometheusRule')]).toEqual([]);
    expect(kinds(manifests, 'ConfigMap')).toEqual(['event-system']);
  });
});

describe('helm test', () => {
  it('has resources of its own', async () => {
    const resources = { limits: { memory: '1Gi' } };
    const pod = podSpecOf(find(await render('aws', { smokeTest: { resources } }), 'Pod', 'event-system-test'));
    expect(pod?.containers[0]?.resources?.limits?.memory).toBe('1Gi');
  });

  it('runs the smoke client of the image at the Service, with a token where one is kept', async () => {
    const pod = podSpecOf(find(await render('aws-jwt'), 'Pod', 'event-system-test'));
    const [container] = pod?.containers ?? [];
    expect(container?.args).toEqual([
      readFileSync(new URL('event-system/files/smoke-test.mjs', import.meta.url), 'utf8'),
    ]);
    expect(container?.env).toContainEqual({ name: 'SERVICE_URL', value: 'http://event-system' });
    expect(container?.env).toContainEqual({
      name: 'API_KEY',
      valueFrom: { secretKeyRef: { name: 'smoke-token', key: 'token' } },
    });
  });
});
