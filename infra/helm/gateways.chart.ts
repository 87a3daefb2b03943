/** The two gateways: which requests go where, for how long, how often, and who is asked for a token. */
import { describe, expect, it } from 'vitest';
import { type Manifest, render } from './helm.ts';
import { at, find } from './manifests.ts';

interface Route {
  name?: string;
  match?: { method?: { exact: string }; uri?: { regex: string }; headers?: object; port?: number }[];
  matches?: { method?: string; path?: { type: string; value: string } }[];
  timeout?: string;
  timeouts?: { request: string };
  retries?: { attempts: number; retryOn?: string; perTryTimeout?: string };
  redirect?: object;
}

const OPEN = ['/', '/health', '/health/*', '/docs', '/docs/*', '/openapi.json', '/openapi.json/'];
const GATEWAYS = /istio\.io|gateway\.networking/;
const ofGateways = (manifests: Manifest[]): string[] =>
  manifests.filter(({ apiVersion }) => GATEWAYS.test(apiVersion)).map(({ kind }) => kind);
const routesOf = (manifests: Manifest[]): Route[] =>
  at(find(manifests, 'VirtualService', 'event-system'), 'spec.http') as Route[];
const named = (routes: Route[], name: string): Route | undefined => routes.find((route) => route.name === name);
const istio = async (values: object = {}): Promise<Manifest[]> =>
  render('local', { istio: { enabled: true, host: 'a.example.com', ...values } });

describe('Istio', () => {
  it('is not spoken to unless it is asked for', async () => {
    expect(ofGateways(await render('local'))).toEqual([]);
  });

  it('gets each part by its own flag', async () => {
    const least = { gateway: { enabled: false, existing: 'a/b' }, destinationRule: { enabled: false } };
    expect(ofGateways(await istio({ ...least, virtualService: { enabled: false } }))).toEqual([]);
    expect(ofGateways(await istio(least))).toEqual(['VirtualService']);
    expect(ofGateways(await render('local-istio')).sort()).toEqual([
      'AuthorizationPolicy',
      'DestinationRule',
      'EnvoyFilter',
      'Gateway',
      'PeerAuthentication',
      'RequestAuthentication',
      'VirtualService',
    ]);
  });

  it('serves the host by TLS 1.2 at least with the secret, and http to be redirected', async () => {
    const servers = at(find(await istio(), 'Gateway', 'event-system'), 'spec.servers') as object[];
    expect(servers).toMatchObject([
      {
        port: { number: 443, protocol: 'HTTPS' },
        hosts: ['a.example.com'],
        tls: { mode: 'SIMPLE', credentialName: 'api-tls-secret', minProtocolVersion: 'TLSV1_2' },
      },
      { port: { number: 80, protocol: 'HTTP' }, hosts: ['a.example.com'] },
    ]);
    const [first] = routesOf(await istio({ redirect: { port: 8443 } }));
    expect(first).toMatchObject({
      match: [{ port: 80 }],
      redirect: { scheme: 'https', redirectCode: 308, port: 8443 },
    });
    const closed = await istio({ redirect: { enabled: false } });
    expect(at(find(closed, 'Gateway', 'event-system'), 'spec.servers')).toHaveLength(1);
    expect(named(routesOf(closed), 'to-https')).toBeUndefined();
  });

  it('repeats what was not answered where that does no harm, and of the rest only what was never sent', async () => {
    const forwarding = routesOf(await istio()).filter(({ timeout }) => timeout !== undefined);
    const unanswered = { attempts: 2, perTryTimeout: '5s', retryOn: 'connect-failure,refused-stream,reset' };
    const unsent = { attempts: 2, retryOn: 'connect-failure' };
    expect(forwarding.map(({ name, retries }) => [name, retries])).toEqual([
      ['endpoint-actions', unsent],
      ['reads', unanswered],
      ['idempotent-creates', unanswered],
      ['writes', unsent],
    ]);
    expect(named(forwarding, 'reads')?.match?.map(({ method }) => method?.exact)).toEqual(['GET', 'HEAD']);
    expect(named(forwarding, 'idempotent-creates')?.match).toMatchObject([
      { method: { exact: 'POST' }, headers: { 'idempotency-key': { regex: '.+' } } },
    ]);
    const none = routesOf(await istio({ retries: { attempts: 0 } })).flatMap(({ retries }) => retries ?? []);
    expect(none.map((one) => one.attempts)).toEqual([0, 0, 0, 0]);
    expect(none.some((one) => one.retryOn)).toBe(false);
  });

  it('waits longer for the actions of an endpoint than the service does, and tells them from creating one', async () => {
    const route = named(routesOf(await istio()), 'endpoint-actions');
    expect(route?.timeout).toBe('35s');
    const pattern = new RegExp(`^${route?.match?.[0]?.uri?.regex}$`);
    expect(['/api/v1/endpoints/ep_1/test', '/api/v1/endpoints/ep_1/enable/'].every((path) => pattern.test(path))).toBe(
      true,
    );
    expect(pattern.test('/api/v1/endpoints/')).toBe(false);
  });

  it('leads to the metrics, which ask for a key, unless the values say otherwise', async () => {
    expect(named(routesOf(await istio()), 'metrics-closed')).toBeUndefined();
    const closed = named(routesOf(await istio({ exposeMetrics: false })), 'metrics-closed');
    expect(closed).toMatchObject({ directResponse: { status: 404 } });
    const pattern = new RegExp(`^${closed?.match?.[0]?.uri?.regex}$`);
    expect(['/metrics', '//metrics', '/metrics/', '/metrics/x'].every((path) => pattern.test(path))).toBe(true);
    expect(pattern.test('/metricsx')).toBe(false);
  });

  it('asks for tokens of our issuer at our host alone, but for what needs none', async () => {
    const manifests = await render('local-istio');
    expect(at(find(manifests, 'RequestAuthentication', 'event-system'), 'spec')).toMatchObject({
      selector: { matchLabels: { istio: 'ingress' } },
      jwtRules: [
        { issuer: 'https://id.example.com/', audiences: ['event-system'], jwksUri: 'https://id.example.com/keys' },
      ],
    });
    expect(at(find(manifests, 'AuthorizationPolicy', 'event-system'), 'spec')).toMatchObject({
      action: 'DENY',
      rules: [
        {
          from: [{ source: { notRequestPrincipals: ['*'] } }],
          to: [{ operation: { hosts: ['api.example.com', 'api.example.com:*'], notPaths: OPEN } }],
        },
      ],
    });
  });

  it('takes mutual TLS from the pods, and leaves the metrics to a Prometheus outside', async () => {
    const manifests = await render('local-istio');
    expect(at(find(manifests, 'PeerAuthentication', 'event-system'), 'spec')).toMatchObject({
      mtls: { mode: 'STRICT' },
      portLevelMtls: { 9090: { mode: 'PERMISSIVE' } },
    });
    expect(at(find(manifests, 'DestinationRule', 'event-system'), 'spec.trafficPolicy.tls.mode')).toBe('ISTIO_MUTUAL');
    expect(at(find(await istio(), 'DestinationRule', 'event-system'), 'spec.trafficPolicy.tls')).toBeUndefined();
  });

  it('ends idle connections before the service does', async () => {
    const idle = at(
      find(await istio(), 'DestinationRule', 'event-system'),
      'spec.trafficPolicy.connectionPool.http.idleTimeout',
    );
    expect(Number.parseInt(String(idle), 10)).toBeLessThan(72);
  });

  it('says that the host is served by https alone, unless the values say otherwise', async () => {
    const said = async (values: object) =>
      routesOf(await istio(values)).flatMap((route) => at(route, 'headers.response.set') ?? []);
    expect(await said({})).toEqual(Array(4).fill({ 'strict-transport-security': 'max-age=31536000' }));
    expect(await said({ hsts: { enabled: false } })).toEqual([]);
  });

  it('leaves the namespace of what it makes to the command that applies it, except what belongs to a gateway elsewhere', async () => {
    const manifests = await render('local-istio');
    expect(manifests.filter(({ metadata }) => metadata.namespace !== undefined)).toEqual([]);
    expect(JSON.stringify(manifests.map(({ spec }) => spec))).not.toContain('.svc.cluster.local');
  });

  it('finds the gateway of others where it is', async () => {
    const manifests = await render('aws-istio-shared', { istio: { gateway: { namespace: '' } } });
    expect(at(find(manifests, 'VirtualService', 'event-system'), 'spec.gateways')).toEqual(['istio-ingress/shared']);
    const filter = find(manifests, 'EnvoyFilter', 'event-system-rate-limit');
    expect(filter.metadata.namespace).toBe('istio-ingress');
    expect(at(filter, 'spec.workloadSelector.labels')).toEqual({ app: 'ingress' });
  });
});

describe('the Kubernetes Gateway API', () => {
  const rulesOf = (manifests: Manifest[]): Route[] =>
    at(find(manifests, 'HTTPRoute', 'event-system'), 'spec.rules') as Route[];

  it('serves the host with the secret, and sends http to https', async () => {
    const manifests = await render('local-gateway-api');
    expect(at(find(manifests, 'Gateway', 'event-system'), 'spec.listeners')).toMatchObject([
      {
        port: 443,
        hostname: 'api.example.com',
        tls: { mode: 'Terminate', certificateRefs: [{ name: 'api-tls-secret' }] },
      },
      { port: 80, hostname: 'api.example.com' },
    ]);
    const redirect = find(manifests, 'HTTPRoute', 'event-system-to-https');
    expect(at(redirect, 'spec.parentRefs')).toEqual([{ name: 'event-system', sectionName: 'http' }]);
    expect(at(redirect, 'spec.rules.0.filters.0.requestRedirect')).toEqual({ scheme: 'https', statusCode: 301 });
  });

  it('waits as Istio does, and keeps the metrics to itself where the values say so', async () => {
    const waits = async (scenario: string) =>
      rulesOf(await render(scenario)).map(({ matches, timeouts }) => [matches?.[0]?.path?.value, timeouts?.request]);
    const open = [
      ['/api/v1/endpoints/', '35s'],
      ['/', '15s'],
    ];
    expect(await waits('local-gateway-api')).toEqual(open);
    expect(await waits('aws-gateway-api-shared')).toEqual([['/metrics', undefined], ...open]);
  });

  it('says that the host is served by https alone, unless the values say otherwise', async () => {
    const filters = async (hsts: object) =>
      rulesOf(await render('local-gateway-api', { gatewayApi: { hsts } })).flatMap(
        (rule) => at(rule, 'filters.0.responseHeaderModifier.set') ?? [],
      );
    const header = { name: 'strict-transport-security', value: 'max-age=60' };
    expect(await filters({ maxAgeSeconds: 60 })).toEqual([[header], [header]].flat());
    expect(await filters({ enabled: false })).toEqual([]);
  });

  it('goes to the Gateway of others', async () => {
    const manifests = await render('aws-gateway-api-shared');
    expect(ofGateways(manifests)).toEqual(['HTTPRoute']);
    expect(at(find(manifests, 'HTTPRoute', 'event-system'), 'spec.parentRefs')).toEqual([
      { name: 'shared', namespace: 'gateways', sectionName: 'https' },
    ]);
  });

  it('may read a certificate of another namespace, that one alone', async () => {
    const manifests = await render('aws-gateway-api-certificate');
    const grant = manifests.find(({ kind }) => kind === 'ReferenceGrant');
    expect(grant?.metadata.namespace).toBe('certificates');
    expect(grant?.spec).toEqual({
      from: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace: 'event-system' }],
      to: [{ group: '', kind: 'Secret', name: 'wildcard' }],
    });
  });
});
