/** What values do to ports and network policies. */

import { describe, expect, it } from 'vitest';
import { render } from './helm.ts';
import { at, find } from './manifests.ts';

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
