/** What is checked of the gateway, by what has to be installed for it. */

import { readFileSync } from 'node:fs';
import { type Issuer, startIssuer } from '../../../../lib/auth/jwt/issuer.testing.ts';
import { makeClient } from '../../kit/client.ts';
import { expectProblem, expectStatus } from '../../kit/expect.ts';
import { until, untilInARow } from '../../kit/until.ts';
import { runSmoke } from '../../smoke/run.ts';
import { analyzeChecks } from './checks/analyze.ts';
import { type Check, runChecks } from './checks/check.ts';
import { frozenCheck } from './checks/frozen.ts';
import { limitChecks } from './checks/limit.ts';
import { readmeChecks, withMonitoring } from './checks/readme.ts';
import { onceChecks, outlierChecks, repeatChecks, silentChecks, unsentChecks } from './checks/repeats.ts';
import { rolloutCheck } from './checks/rollout.ts';
import { routeChecks } from './checks/routes.ts';
import { bearer, metricsClosed, metricsOpen, serviceChecks, slowTestCheck } from './checks/service.ts';
import { sizeChecks } from './checks/sizes.ts';
import { tlsChecks } from './checks/tls.ts';
import { TOKEN_VALUES, tokenChecks } from './checks/tokens.ts';
import { addGatewayApi, cluster, type Gateway } from './gateway.ts';
import { ask, type Listener } from './gateway-client.ts';
import { keySetOf, serveKeys } from './keys.ts';
import type { Release } from './release.ts';
import { placeStandIn, type StandIn } from './stand-in.ts';
import { startUpstream, type Upstream } from './upstream.ts';

export interface Scene {
  gateway: Gateway;
  /** To the service, and to the stand-in. */
  listeners: { service: Listener; standIn: Listener };
  release: Release;
  receiverHost: string;
  directory: string;
  say(text: string): void;
}

interface Phase {
  name: string;
  /** Resolves with what is wrong, in a sentence each. */
  play(scene: Scene & { upstream: Upstream }): Promise<string[]>;
}

const TRIES = 3;
const BURST = 10;
/** Answers in a row, 100 ms apart or so, after a change of routes. */
const STEADY = 20;

const withStandIn = async (
  scene: Scene & { upstream: Upstream },
  values: Record<string, unknown>,
  use: (standIn: StandIn) => Promise<readonly Check[]>,
): Promise<string[]> => {
  const standIn = await placeStandIn({ ...scene, cluster, listener: scene.listeners.standIn, values });
  try {
    return await runChecks(await use(standIn), scene.say);
  } finally {
    await standIn.remove();
  }
};

const istioAt = ({ host }: Listener): Record<string, unknown> => ({ 'istio.enabled': true, 'istio.host': host });

const gatewayApiAt = ({ host }: Listener, { name }: Gateway): Record<string, unknown> => ({
  'istio.enabled': false,
  'gatewayApi.enabled': true,
  'gatewayApi.host': host,
  'gatewayApi.gateway.addresses': [{ type: 'Hostname', value: name }],
});

const withIssuer = async <T>(use: (issuer: Issuer) => Promise<T>): Promise<T> => {
  const issuer = await startIssuer();
  try {
    return await use(issuer);
  } finally {
    await issuer.close();
  }
};

/**
 * The quickstart's commands replace the release's values; tokens come last: while the gateway looks
 * at them it takes no API key, whichever host is asked.
 */
const phases: Phase[] = [
  {
    name: 'istioctl analyze',
    play: ({ directory, say }) => runChecks(analyzeChecks(cluster.namespace, directory), say),
  },
  {
    name: 'Istio before a stand-in',
    play: (scene) =>
      withStandIn(scene, istioAt(scene.listeners.standIn), async (standIn) => [
        ...tlsChecks(standIn.listener, 308),
        ...repeatChecks(standIn),
        ...onceChecks(standIn),
        ...silentChecks(standIn),
        ...routeChecks(standIn, TRIES),
        ...outlierChecks(standIn),
        ...unsentChecks(standIn),
      ]),
  },
  {
    name: 'a rate limit at the gateway',
    play: (scene) => {
      const rateLimit = { enabled: true, requestsPerSecond: 1, burst: BURST };
      const values = { ...istioAt(scene.listeners.standIn), 'istio.rateLimit': rateLimit };
      return withStandIn(scene, values, async (standIn) => limitChecks(standIn, BURST));
    },
  },
  {
    name: 'the service behind Istio',
    play: async ({ listeners: { service }, release: { key, upgrade }, upstream, receiverHost, say }) => {
      const checks = [
        ...serviceChecks(service, key),
        ...sizeChecks(service, key),
        metricsOpen(service, key),
        rolloutCheck(service, key, cluster),
        frozenCheck(service, key, cluster),
      ];
      const open = await runChecks(checks, say);
      upstream.behave('/hangs', 'silent');
      await upgrade({ 'istio.exposeMetrics': false });
      await until(
        '/metrics is closed',
        async () => (await ask(service, 'GET', '/metrics', bearer(key))).status === 404,
      );
      const hanging = `http://${receiverHost}:${upstream.port}/hangs`;
      return [...open, ...(await runChecks([metricsClosed(service, key), slowTestCheck(service, key, hanging)], say))];
    },
  },
  {
    name: 'the service behind the Kubernetes Gateway API',
    play: async (scene) => {
      const { listeners, gateway, release, say } = scene;
      await addGatewayApi();
      const before = await withStandIn(scene, gatewayApiAt(listeners.standIn, gateway), async (placed) => [
        ...tlsChecks(placed.listener, 301),
        ...onceChecks(placed),
        ...routeChecks(placed, 1),
      ]);
      await release.upgrade({ ...gatewayApiAt(listeners.service, gateway), 'gatewayApi.exposeMetrics': false });
      // The old route may answer yet, and then for a moment none.
      const answers = async (): Promise<boolean> =>
        (await ask(listeners.service, 'GET', '/health/live')).status === 200;
      await untilInARow(STEADY, 'the service answers', answers, { everyMs: 100 });
      const { address, host, authority } = listeners.service;
      const target = { url: `https://${address}`, host, ca: readFileSync(authority, 'utf8'), key: release.key };
      const client = makeClient(target, { timeoutMs: 10_000 });
      const smoke = await runSmoke({ client, hasKey: true, say, patienceMs: 60_000 });
      client.close();
      const closed = await runChecks([metricsClosed(listeners.service, release.key)], say);
      return [...before, ...smoke.map((step) => `smoke by the Gateway API: ${step}`), ...closed];
    },
  },
  {
    name: 'the commands of the quickstart',
    play: async ({ listeners: { service }, say }) =>
      withMonitoring(cluster, () => runChecks(readmeChecks(service, cluster), say)),
  },
  {
    name: 'tokens at the gateway, before a stand-in',
    play: (scene) =>
      withIssuer((issuer) =>
        withIssuer(async (stranger) => {
          const keys = { 'istio.tokens.jwks': await keySetOf(issuer), 'auth.jwt.jwksUrl': issuer.jwksUrl };
          const values = { ...istioAt(scene.listeners.standIn), ...TOKEN_VALUES, ...keys };
          return withStandIn(scene, values, async (standIn) => tokenChecks(standIn, issuer, stranger));
        }),
      ),
  },
  {
    name: 'tokens at the gateway and at the service',
    play: ({ listeners: { service }, release: { upgrade }, receiverHost, say }) =>
      withIssuer(async (issuer) => {
        const keys = await serveKeys(issuer, receiverHost);
        try {
          await upgrade({ ...istioAt(service), ...TOKEN_VALUES, 'auth.jwt.jwksUrl': keys.url });
          return await runChecks(bothListeners(service, issuer), say);
        } finally {
          await keys.close();
        }
      }),
  },
];

const EVENTS = '/api/v1/events/';

const bothListeners = (listener: Listener, issuer: Issuer): Check[] => [
  {
    name: 'a token with the scope, its keys fetched by Istio and by the service',
    run: async () => {
      const token = await issuer.sign({ scope: 'events:read' });
      const served = async (): Promise<boolean> => (await ask(listener, 'GET', EVENTS, bearer(token))).status === 200;
      await until('200', served, { deadlineMs: 60_000, everyMs: 500 });
      return '200';
    },
  },
  {
    name: 'a token without the scope',
    run: async () => {
      const token = await issuer.sign({ scope: 'notifications:read' });
      expectProblem(await ask(listener, 'GET', EVENTS, bearer(token)), 403, 'forbidden');
      return '403 by the service';
    },
  },
  {
    name: 'no token',
    run: async () => {
      const answer = await ask(listener, 'GET', EVENTS);
      expectStatus(answer, 403);
      expectStatus(await ask(listener, 'GET', '/health'), 200);
      return `403 by the gateway ("${answer.text}"), /health open`;
    },
  },
];

/** One after the other; resolves with what is wrong, in a sentence each. */
export const playPhases = async (scene: Scene): Promise<string[]> => {
  const upstream = await startUpstream(scene.receiverHost);
  const wrong: string[] = [];
  try {
    for (const { name, play } of phases) {
      scene.say(name);
      const found = await play({ ...scene, upstream }).catch((error: Error) => [error.message]);
      wrong.push(...found.map((sentence) => `${name}: ${sentence}`));
    }
  } finally {
    await upstream.close();
  }
  return wrong;
};
