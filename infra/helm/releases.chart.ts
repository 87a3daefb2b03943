/** Several releases in one Prometheus: the rules as the chart renders them, judged by promtool. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Release, Source } from '../observability/files.ts';
import { BROKEN, checkReleases, GONE, WELL } from '../observability/releases.ts';
import { findTools } from '../observability/tools.ts';
import { render } from './helm.ts';
import { at } from './manifests.ts';

let promtool = '';
let directory = '';
beforeAll(async () => {
  ({ promtool } = await findTools());
  directory = mkdtempSync(join(tmpdir(), 'releases-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const SCENARIO: Record<Source, string> = { prometheus: 'local', cloudwatch: 'aws' };

/** Values and place of a release whose series have these labels. */
const installed = (source: Source, { namespace, release }: Release) => {
  if (source === 'prometheus') return { values: {}, place: [namespace, release] };
  const [accountId, region] = namespace.split('/');
  const stage = release.replace('event-notification-service-', '');
  return { values: { stage, aws: { accountId, region } }, place: [] };
};

const rulesOf = async (source: Source, of: Release): Promise<string[]> => {
  const { values, place } = installed(source, of);
  const manifests = await render(SCENARIO[source], { ...values, prometheusRule: { enabled: true, source } }, ...place);
  return manifests
    .filter(({ kind }) => kind === 'PrometheusRule')
    .map(({ metadata, spec }) => {
      const path = join(directory, `${of.namespace}-${of.release}-${metadata.name}.json`.replaceAll('/', '-'));
      writeFileSync(path, JSON.stringify(spec));
      return path;
    });
};

const NEVER: Record<Source, Release> = {
  prometheus: { namespace: 'c', release: 'never-there' },
  cloudwatch: { namespace: '111111111111/eu-west-1', release: 'event-notification-service-never' },
};

describe.each<Source>(['prometheus', 'cloudwatch'])('the rules of several releases, from %s', (source) => {
  it('fire for the one that is broken and for those that are not there, never for another', async () => {
    const releases = [WELL, BROKEN, GONE, NEVER].map((which) => which[source]);
    const ruleFiles = (await Promise.all(releases.map((of) => rulesOf(source, of)))).flat();
    expect(ruleFiles).toHaveLength(3 * releases.length);
    await checkReleases(promtool, source, { ruleFiles, absent: [NEVER[source]], directory });
  });
});

describe('what a release says of itself', () => {
  it('is the label `release` of its targets', async () => {
    const manifests = await render('local', { serviceMonitor: { enabled: true } }, 'b', 'shop');
    const monitor = manifests.find(({ kind }) => kind === 'ServiceMonitor');
    expect(at(monitor?.spec, 'endpoints.0.relabelings')).toContainEqual({
      targetLabel: 'release',
      replacement: 'shop',
    });
  });

  it('is what its dashboards show first', async () => {
    const manifests = await render('local', { dashboards: { enabled: true } }, 'b', 'shop');
    const boards = manifests.filter(({ metadata }) => metadata.labels?.grafana_dashboard === '1');
    expect(boards).toHaveLength(2);
    for (const { data } of boards) {
      const [text = ''] = Object.values(data as Record<string, string>);
      const shown = JSON.parse(text).templating.list.map(
        ({ name, current }: { name: string; current: { value?: string } }) => [name, current.value],
      );
      expect(shown).toEqual([
        ['datasource', undefined],
        ['namespace', 'b'],
        ['release', 'shop'],
      ]);
    }
  });
});
