/** Values that must not install, each with what helm says of it: the value and the rule. */
import type { Values } from './helm.ts';

export interface Refused {
  name: string;
  /** The scenario it is put on. */
  on: 'aws' | 'local' | 'production';
  values: Values;
  /** Each is part of what is said. */
  says: string[];
}

const schema = "values don't meet the specifications of the schema";

export const refused: Refused[] = [
  {
    name: 'nothing is known of the AWS account',
    on: 'aws',
    values: { aws: { region: '', accountId: '', scheduleRoleArn: '' } },
    says: [
      'aws.region: is required (the region of the deployed stack, e.g. eu-central-1) unless localAws.enabled is true, as in values-local.yaml',
      "aws.accountId: is required (the account's 12 digits) unless localAws.enabled is true, as in values-local.yaml",
      "aws.scheduleRoleArn: is required (the ARN of the stack's ScheduleRole) unless localAws.enabled is true, as in values-local.yaml",
    ],
  },
  {
    name: 'a wrong type',
    on: 'local',
    values: { api: { replicas: 'two' } },
    says: [schema, "at '/api/replicas': got string, want integer"],
  },
  {
    name: 'an account as a number, which loses its leading zeros',
    on: 'aws',
    values: { aws: { accountId: 123456789012 } },
    says: ["at '/aws/accountId': got number, want string"],
  },
  {
    name: 'an account of 11 digits',
    on: 'aws',
    values: { aws: { accountId: '12345678901' } },
    says: ["at '/aws/accountId': '12345678901' does not match pattern '^([0-9]{12})?$'"],
  },
  {
    name: 'an unknown section',
    on: 'local',
    values: { replicaCount: 3 },
    says: ["at '': additional properties 'replicaCount' not allowed"],
  },
  {
    name: 'an unknown key in a section',
    on: 'local',
    values: { worker: { keda: { maxReplica: 3 } } },
    says: ["at '/worker/keda': additional properties 'maxReplica' not allowed"],
  },
  {
    name: 'a setting that the service does not know',
    on: 'local',
    values: { config: { RETENTION: 30 } },
    says: ["at '/config': additional properties 'RETENTION' not allowed"],
  },
  {
    name: 'a section taken away',
    on: 'local',
    values: { worker: null },
    says: ["at '': missing property 'worker'"],
  },
  {
    name: 'a mode of authentication that there is not',
    on: 'local',
    values: { auth: { mode: 'basic' } },
    says: ["at '/auth/mode': value must be one of 'api-key', 'jwt', 'none'"],
  },
  {
    name: 'a retention under what repetitions need',
    on: 'local',
    values: { config: { RETENTION_DAYS: 3 } },
    says: ["at '/config/RETENTION_DAYS': minimum: got 3, want 7"],
  },
  {
    name: 'a memory that is none',
    on: 'local',
    values: { api: { resources: { limits: { memory: '512 MB' } } } },
    says: ["at '/api/resources/limits/memory'"],
  },
  {
    name: 'the local AWS in a prod stage',
    on: 'local',
    values: { stage: 'production', config: { WEBHOOK_ALLOW_PRIVATE: false, WEBHOOK_ALLOW_HTTP: false } },
    says: ['localAws.enabled: must not be true in a prod stage (stage is production)'],
  },
  {
    name: 'open webhooks in a prod stage',
    on: 'production',
    values: { config: { WEBHOOK_ALLOW_HTTP: true } },
    says: ['config.WEBHOOK_ALLOW_HTTP: must not be true in a prod stage (stage is prod)'],
  },
  {
    name: 'the local AWS and another endpoint',
    on: 'local',
    values: { aws: { endpointUrl: 'http://localstack:4566', accountId: '123456789012' } },
    says: [
      'aws.endpointUrl: must be empty when localAws.enabled is true, which is the endpoint',
      'aws.accountId: must be empty when localAws.enabled is true, whose account is 000000000000',
    ],
  },
  {
    name: 'an open door on AWS',
    on: 'aws',
    values: { auth: { mode: 'none' } },
    says: ['auth.mode: must not be none but with stage local and localAws.enabled true (stage is dev)'],
  },
  {
    name: 'an open door in another stage than local',
    on: 'local',
    values: { stage: 'dev', auth: { mode: 'none' } },
    says: ['auth.mode: must not be none but with stage local and localAws.enabled true (stage is dev)'],
  },
  {
    name: 'tokens of nobody',
    on: 'aws',
    values: { auth: { mode: 'jwt', jwt: { audience: 'event-system', jwksUrl: 'http://id.example.com/keys' } } },
    says: [
      'auth.jwt.issuer: is required when auth.mode is jwt',
      'auth.jwt.jwksUrl: must be https but in the stage local',
    ],
  },
  {
    name: 'more replicas at least than at most',
    on: 'local',
    values: { api: { autoscaling: { enabled: true, minReplicas: 5, maxReplicas: 4 } } },
    says: ['api.autoscaling.minReplicas: must not be above maxReplicas (5 above 4)'],
  },
  {
    name: 'two that set the workers',
    on: 'local',
    values: { worker: { autoscaling: { enabled: true }, keda: { enabled: true } } },
    says: [
      'worker.keda.enabled: must not be true together with worker.autoscaling.enabled, as both would set the replicas',
    ],
  },
  {
    name: 'more time for balancers than there is',
    on: 'local',
    values: { api: { drainSeconds: 30 } },
    says: ['api.drainSeconds: must be less than graceSeconds (30 of 25)'],
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
    name: 'an end before a request may have ended',
    on: 'local',
    values: { api: { graceSeconds: 14 } },
    says: ['api.graceSeconds: must be at least drainSeconds and 10, which a request may take (14 with 5); e.g. 25'],
  },
  {
    name: 'an end before a delivery may have ended',
    on: 'local',
    values: { worker: { graceSeconds: 33 }, config: { CHANNEL_TIMEOUT_MS: 18_500 } },
    says: ['worker.graceSeconds: must be at least 34, which a delivery may take: config.CHANNEL_TIMEOUT_MS and 15 s'],
  },
  {
    name: 'a first key where no keys are taken',
    on: 'local',
    values: { auth: { mode: 'none', firstKey: { secretName: 'first-key' } } },
    says: ['auth.firstKey.secretName: must be empty when auth.mode is none, which takes no keys'],
  },
  {
    name: 'a volume of the node',
    on: 'local',
    values: { extraVolumes: [{ name: 'node', hostPath: { path: '/' } }] },
    says: ["at '/extraVolumes/0': additional properties 'hostPath' not allowed"],
  },
  {
    name: 'volumes that are the chart’s own, twice there, or mounted without being there',
    on: 'local',
    values: {
      extraVolumes: [
        { name: 'tmp', emptyDir: {} },
        { name: 'ca', emptyDir: {} },
        { name: 'ca', emptyDir: {} },
      ],
      extraVolumeMounts: [
        { name: 'other', mountPath: '/etc/ca' },
        { name: 'ca', mountPath: '/app' },
      ],
    },
    says: [
      "extraVolumes: must not name tmp which is the chart's own",
      'extraVolumes: must not name ca twice',
      'extraVolumeMounts: must name a volume of extraVolumes, not other',
      'extraVolumeMounts: must not be mounted at /app, which the image needs itself; e.g. /etc/ca',
    ],
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
  {
    name: 'e-mail by a server that nobody named',
    on: 'local',
    values: { config: { EMAIL_TRANSPORT: 'smtp' } },
    says: ['secrets.SMTP_URL: is required when config.EMAIL_TRANSPORT is smtp'],
  },
  {
    name: 'a secret both given and kept elsewhere',
    on: 'production',
    values: { secrets: { CURSOR_SECRET: '0123456789abcdef' } },
    says: ['secrets.CURSOR_SECRET: must be empty when secrets.existingSecret is given, which has it'],
  },
  {
    name: 'a short secret',
    on: 'local',
    values: { secrets: { CURSOR_SECRET: 'short' } },
    says: ["at '/secrets/CURSOR_SECRET'", 'minLength: got 5, want 16'],
  },
  {
    name: 'a secret for webhooks in another form',
    on: 'local',
    values: { secrets: { WEBHOOK_SECRETS: 'not-a-secret-of-webhooks' } },
    says: ['secrets.WEBHOOK_SECRETS: must be whsec_ and the base64 of 24 to 64 bytes'],
  },
  {
    name: 'no account of its own, and no other named',
    on: 'local',
    values: { serviceAccount: { create: false } },
    says: ['serviceAccount.name: is required when serviceAccount.create is false'],
  },
  {
    name: 'an image that is another one tomorrow',
    on: 'local',
    values: { image: { tag: 'latest' } },
    says: ['image.tag: must not be latest'],
  },
  {
    name: 'a node port without one',
    on: 'local',
    values: { service: { nodePort: 30201 } },
    says: ['service.nodePort: must be null when service.type is ClusterIP'],
  },
  {
    name: 'a variable that is the chart’s own',
    on: 'local',
    values: {
      extraEnv: [
        { name: 'TABLE_NAME', value: 'other' },
        { name: 'CURSOR_SECRET', value: 'x' },
      ],
    },
    says: [
      'extraEnv: must not set TABLE_NAME, which the chart sets by its own values',
      'extraEnv: must not set CURSOR_SECRET, which the chart sets by its own values',
    ],
  },
  {
    name: 'a variable with two values',
    on: 'local',
    values: { extraEnv: [{ name: 'A', value: 'b', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }] },
    says: ["at '/extraEnv/0'"],
  },
];
