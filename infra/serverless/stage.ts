/**
 * A plugin of the Serverless Framework: what depends on the stage and what YAML cannot say. A name that every resource can carry;
 * a table that outlives a prod stage's stack; whom the alarms tell; and no alarms in `local`, where emulators have nobody to call.
 */
import { ALARM_TOPIC, alarmActions, environmentProblems } from './alarm-topic.ts';

interface Resource {
  Type: string;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
  Properties?: Record<string, unknown>;
}
interface Serverless {
  service: {
    service: string;
    functions: Record<string, unknown>;
    provider: { stage: string; compiledCloudFormationTemplate: { Resources: Record<string, Resource> } };
  };
  classes: { Error: new (message: string) => Error };
}

const LAMBDA_NAME_MAX = 64;
const STAGE = /^[a-z][a-z0-9-]*$/;
/** Of an emulator nobody asks these, and not every one knows them. */
const NOT_LOCAL = ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::Dashboard', 'AWS::SQS::QueuePolicy'];

export const isProd = (stage: string): boolean => /^prod/i.test(stage);

/** What is wrong with the stage's name; undefined when nothing is. */
export const stageProblem = (stage: string, service: string, functionNames: string[]): string | undefined => {
  const longest = Math.max(...functionNames.map(({ length }) => length), 0);
  const max = LAMBDA_NAME_MAX - service.length - longest - 2;
  if (!STAGE.test(stage)) return `--stage must match ${STAGE.source}, not "${stage}"`;
  if (stage.endsWith('-')) return `--stage must not end with "-", as "${stage}" does`;
  return stage.length > max
    ? `--stage must have at most ${max} characters, not ${stage.length} as "${stage}"`
    : undefined;
};

/** Changes the resources in place. */
export const fitToStage = (
  resources: Record<string, Resource>,
  stage: string,
  env: Record<string, string | undefined>,
): void => {
  const actions = alarmActions(env);
  for (const [id, resource] of Object.entries(resources)) {
    if (stage === 'local' && NOT_LOCAL.includes(resource.Type)) delete resources[id];
    if (resource.Type === 'AWS::CloudWatch::Alarm') {
      resource.Properties = { ...resource.Properties, AlarmActions: actions, OKActions: actions };
    }
    if (resource.Type !== 'AWS::DynamoDB::Table') continue;
    const policy = isProd(stage) ? 'Retain' : 'Delete';
    Object.assign(resource, { DeletionPolicy: policy, UpdateReplacePolicy: policy });
    resource.Properties = { ...resource.Properties, DeletionProtectionEnabled: isProd(stage) };
  }
  if (stage !== 'local' && env.ALARM_EMAIL && !env.ALARM_TOPIC_ARN)
    Object.assign(resources, ALARM_TOPIC(env.ALARM_EMAIL));
};

export default class Stage {
  hooks: Record<string, () => void>;

  constructor({ service, classes }: Serverless) {
    const check = (): void => {
      const problem = stageProblem(service.provider.stage, service.service, Object.keys(service.functions ?? {}));
      const problems = [...(problem ? [problem] : []), ...environmentProblems(process.env)];
      if (problems.length > 0) throw new classes.Error(problems.join('\n'));
    };
    const fit = (): void =>
      fitToStage(service.provider.compiledCloudFormationTemplate.Resources, service.provider.stage, process.env);
    this.hooks = {
      'before:package:initialize': check,
      'after:aws:package:finalize:mergeCustomProviderResources': fit,
    };
  }
}
