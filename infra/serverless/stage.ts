/**
 * Serverless Framework plugin: what depends on the stage. The table of a prod stage outlives its
 * stack; alarms have actions; `local` has no alarms, which emulators lack; WITHOUT_FUNCTIONS (`npm
 * run deploy -- --without-functions`) leaves what a container needs.
 */

import { isProd } from '../../lib/platform/stage.ts';
import { ALARM_TOPIC, alarmActions, environmentProblems } from './alarm-topic.ts';
import { concurrencyProblems, limitConcurrency } from './concurrency.ts';
import type { Permissions } from './permissions.ts';
import { podProblems, podResources } from './pods.ts';
import { plainSecretProblems } from './secret-references.ts';
import { stageProblem } from './stage-name.ts';
import { tagProblems, tagsOf } from './tags.ts';

type Environment = Record<string, string | undefined>;
export interface Resource {
  Type: string;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
  Properties?: Record<string, unknown>;
}
type Resources = Record<string, Resource>;
interface Serverless {
  service: {
    service: string;
    functions: Record<string, { needs?: string[]; events: { sqs?: { arn: unknown; maximumConcurrency?: number } }[] }>;
    custom: { permissions: Permissions };
    resources: { extensions?: unknown };
    provider: {
      stage: string;
      environment: Record<string, unknown>;
      stackTags?: Record<string, string>;
      compiledCloudFormationTemplate: { Resources: Resources; Outputs: Record<string, unknown> };
    };
  };
  classes: { Error: new (message: string) => Error };
  pluginManager: { hooks: Record<string, { pluginName: string }[]> };
}

/** Not every emulator has these, and none needs them. */
const NOT_LOCAL = ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::Dashboard', 'AWS::SQS::QueuePolicy'];

const switchProblems = ({ TABLE_KMS_KEY_ARN: key, XRAY: xray }: Environment): string[] => [
  ...(key && !/^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/[\w-]+$/.test(key)
    ? ['TABLE_KMS_KEY_ARN must be the ARN of a KMS key, not of an alias']
    : []),
  ...(xray && !['on', 'off'].includes(xray) ? ['XRAY must be on or off'] : []),
];

/**
 * A customer managed key costs $1 a month and KMS calls. Without one the table is encrypted by
 * DynamoDB's own.
 */
const customerKey = ({ TABLE_KMS_KEY_ARN: key }: Environment): object =>
  key ? { SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: key } } : {};

/** Changes the resources in place. */
export const fitToStage = (resources: Resources, stage: string, env: Environment): void => {
  const actions = alarmActions(env);
  for (const [id, resource] of Object.entries(resources)) {
    if (stage === 'local' && NOT_LOCAL.includes(resource.Type)) delete resources[id];
    if (resource.Type === 'AWS::CloudWatch::Alarm')
      resource.Properties = { ...resource.Properties, AlarmActions: actions, OKActions: actions };
    if (resource.Type !== 'AWS::DynamoDB::Table') continue;
    const policy = isProd(stage) ? 'Retain' : 'Delete';
    Object.assign(resource, { DeletionPolicy: policy, UpdateReplacePolicy: policy });
    resource.Properties = { ...resource.Properties, DeletionProtectionEnabled: isProd(stage), ...customerKey(env) };
  }
  if (stage !== 'local' && env.ALARM_EMAIL && !env.ALARM_TOPIC_ARN)
    Object.assign(resources, ALARM_TOPIC(env.ALARM_EMAIL));
};

/** Problems of the variables that only a deployment reads. */
export const deploymentProblems = (
  functions: Parameters<typeof concurrencyProblems>[0],
  env: Environment,
): string[] => [
  ...environmentProblems(env),
  ...podProblems(env),
  ...switchProblems(env),
  ...tagProblems(env),
  ...concurrencyProblems(functions, env),
];

/** Alarms and dashboards of the functions, of their API, and of the metrics in their logs. */
const WATCHES_FUNCTIONS = /HttpApi|LambdaFunction|"Namespace":"(EventSystem|AWS\/Lambda)"/;

export const withoutFunctions = (resources: Resources): void => {
  for (const [id, resource] of Object.entries(resources))
    if (resource.Type.startsWith('AWS::CloudWatch::') && WATCHES_FUNCTIONS.test(JSON.stringify(resource)))
      delete resources[id];
};

/**
 * The container's environment, as outputs. An output's name takes no underscore, so its description
 * has the variable's.
 */
export const outputsOf = (environment: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(environment)
      .filter(([, value]) => typeof value === 'object')
      .map(([name, Value]) => [`Env${name.replaceAll('_', '')}`, { Description: name, Value }]),
  );

export default class Stage {
  hooks: Record<string, () => void>;

  constructor({ service, classes, pluginManager }: Serverless) {
    const hasNoFunctions = process.env.WITHOUT_FUNCTIONS === '1';
    let functions: Serverless['service']['functions'] = {};
    const prepare = (): void => {
      const problem = stageProblem(service.provider.stage, service.service, Object.keys(service.functions));
      const problems = [
        ...(problem ? [problem] : []),
        ...deploymentProblems(service.functions, process.env),
        // Pods do not get their secrets from the template.
        ...(hasNoFunctions ? [] : plainSecretProblems(service.service, service.provider.stage, process.env)),
      ];
      if (problems.length > 0) throw new classes.Error(problems.join('\n'));
      service.provider.stackTags = { ...service.provider.stackTags, ...tagsOf(process.env) };
      limitConcurrency(service.functions, service.provider.stage, process.env);
      functions = service.functions;
      if (!hasNoFunctions) return;
      service.functions = {};
      delete service.resources.extensions;
    };
    /**
     * The bundler fails if there is nothing to bundle. `initialize` runs before the framework
     * collects a command's hooks.
     */
    const removeBundler = (): void => {
      if (!hasNoFunctions) return;
      for (const [event, hooks] of Object.entries(pluginManager.hooks))
        pluginManager.hooks[event] = hooks.filter(({ pluginName }) => pluginName !== 'EsbuildServerlessPlugin');
    };
    const fit = (): void => {
      const { Resources, Outputs } = service.provider.compiledCloudFormationTemplate;
      fitToStage(Resources, service.provider.stage, process.env);
      if (!hasNoFunctions) return;
      withoutFunctions(Resources);
      Object.assign(Resources, podResources(functions, service.custom.permissions, process.env));
      Object.assign(Outputs, outputsOf(service.provider.environment), {
        PodPolicyArn: { Description: 'For the role that the pods have', Value: { Ref: 'PodPolicy' } },
        PodRoleArn: { Description: 'A role for the pods', Value: { 'Fn::GetAtt': ['PodRole', 'Arn'] } },
      });
    };
    this.hooks = {
      initialize: removeBundler,
      // Before the bundler reads the functions.
      'before:package:cleanup': prepare,
      'after:aws:package:finalize:mergeCustomProviderResources': fit,
    };
  }
}
