/**
 * Values of authentication and gateways that must not install, each with helm's message: the value
 * and the rule.
 */
import type { Refused } from './settings.ts';

export const refusedAccess: readonly Refused[] = [
  {
    name: 'a mode of authentication that there is not',
    on: 'local',
    values: { auth: { mode: 'basic' } },
    says: ["at '/auth/mode': value must be one of 'api-key', 'jwt', 'none'"],
  },
  {
    name: 'no authentication on AWS',
    on: 'aws',
    values: { auth: { mode: 'none' } },
    says: ['auth.mode: must not be none but with stage local and localAws.enabled true (stage is dev)'],
  },
  {
    name: 'no authentication in another stage than local',
    on: 'local',
    values: { stage: 'dev', auth: { mode: 'none' } },
    says: ['auth.mode: must not be none but with stage local and localAws.enabled true (stage is dev)'],
  },
  {
    name: 'tokens without an issuer',
    on: 'aws',
    values: { auth: { mode: 'jwt', jwt: { audience: 'event-system', jwksUrl: 'http://id.example.com/keys' } } },
    says: [
      'auth.jwt.issuer: is required when auth.mode is jwt',
      'auth.jwt.jwksUrl: must be https but in the stage local',
    ],
  },
  {
    name: 'both gateways',
    on: 'local',
    values: { istio: { enabled: true, host: 'a.example.com' }, gatewayApi: { enabled: true, host: 'a.example.com' } },
    says: ['gatewayApi.enabled: must not be true together with istio.enabled'],
  },
  {
    name: 'a gateway for no host',
    on: 'local',
    values: { istio: { enabled: true, host: '' } },
    says: ['istio.host: is required when istio.enabled is true'],
  },
  {
    name: 'a host that is an address with a port',
    on: 'local',
    values: { gatewayApi: { enabled: true, host: 'api.example.com:8443' } },
    says: ["at '/gatewayApi/host': 'api.example.com:8443' does not match pattern"],
  },
  {
    name: 'tokens at the gateway, keys at the service',
    on: 'local',
    values: { istio: { enabled: true, host: 'a.example.com', tokens: { enabled: true } } },
    says: ['istio.tokens.enabled: must not be true but with auth.mode jwt'],
  },
  {
    name: 'a key set that is none',
    on: 'local',
    values: { istio: { enabled: true, host: 'a.example.com', tokens: { jwks: '[]' } } },
    says: ['istio.tokens.jwks: must be a JSON Web Key Set, {"keys": [...]}'],
  },
  {
    name: 'a gateway that is neither made nor there',
    on: 'local',
    values: { istio: { enabled: true, host: 'a.example.com', gateway: { enabled: false } } },
    says: ['istio.gateway.existing: is required when istio.gateway.enabled is false'],
  },
  {
    name: 'a gateway that is made and there',
    on: 'local',
    values: { gatewayApi: { enabled: true, host: 'a.example.com', gateway: { existing: { name: 'shared' } } } },
    says: ['gatewayApi.gateway.existing: must be empty when gatewayApi.gateway.enabled is true, which makes one'],
  },
  {
    name: 'a gateway that gives up before the service does',
    on: 'local',
    values: {
      istio: { enabled: true, host: 'a.example.com', timeouts: { default: '10s', endpointActions: '20000ms' } },
    },
    says: [
      "istio.timeouts.default: must be more than 10s, the service's own, so that its answer comes first (it is 10s); e.g. 15s",
      "istio.timeouts.endpointActions: must be more than 25s, the service's own, so that its answer comes first (it is 20000ms); e.g. 30s",
    ],
  },
  {
    name: 'the same by the other gateway',
    on: 'local',
    values: { gatewayApi: { enabled: true, host: 'a.example.com', timeouts: { endpointActions: '15s' } } },
    says: ['gatewayApi.timeouts.endpointActions: must be more than 25s'],
  },
  {
    name: 'a try shorter than a call to AWS',
    on: 'local',
    values: { istio: { enabled: true, host: 'a.example.com', retries: { perTryTimeout: '3s' } } },
    says: ['istio.retries.perTryTimeout: must be more than 3s, which one call to AWS may take (it is 3s); e.g. 5s'],
  },
  {
    name: 'a try as long as all of them',
    on: 'local',
    values: { istio: { enabled: true, host: 'a.example.com', retries: { perTryTimeout: '1m' } } },
    says: ['istio.retries.perTryTimeout: must be less than istio.timeouts.default, or no try is left (1m of 15s)'],
  },
  {
    name: 'a first key where no keys are taken',
    on: 'local',
    values: { auth: { mode: 'none', firstKey: { secretName: 'first-key' } } },
    says: ['auth.firstKey.secretName: must be empty when auth.mode is none, which takes no keys'],
  },
  {
    name: 'a burst under the rate',
    on: 'local',
    values: { istio: { enabled: true, host: 'a.example.com', rateLimit: { burst: 5 } } },
    says: ['istio.rateLimit.burst: must not be less than requestsPerSecond (5 of 200)'],
  },
  {
    name: 'http where https is',
    on: 'local',
    values: { istio: { enabled: true, host: 'a.example.com', gateway: { httpPort: 443 } } },
    says: ['istio.gateway.httpPort: must not be httpsPort (443)'],
  },
];
