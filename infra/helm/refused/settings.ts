/**
 * Values of the account, the pods and the service that must not install, each with helm's message:
 * the value and the rule.
 */
import type { Values } from '../helm.ts';

export interface Refused {
  name: string;
  /** The scenario it is put on. */
  on: 'aws' | 'local' | 'production';
  values: Values;
  /** Each is part of what is said. */
  says: string[];
}

const schema = "values don't meet the specifications of the schema";

export const refusedSettings: readonly Refused[] = [
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
    name: 'other recipients in a prod stage',
    on: 'production',
    values: { config: { RECIPIENTS_ALLOWED: '*@example.com', RECIPIENTS_REDIRECT: 'email=a@example.com' } },
    says: [
      'config.RECIPIENTS_ALLOWED: must not be set in a prod stage (stage is prod)',
      'config.RECIPIENTS_REDIRECT: must not be set in a prod stage (stage is prod)',
    ],
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
    name: 'e-mail by a server that is not named',
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
