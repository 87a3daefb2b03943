import { dirname, resolve } from 'node:path';
import read from 'serverless/lib/configuration/read.js';
import resolveVariables from 'serverless/lib/configuration/variables/index.js';
import file from 'serverless/lib/configuration/variables/sources/file.js';
import getSls from 'serverless/lib/configuration/variables/sources/instance-dependent/get-sls.js';
import opt from 'serverless/lib/configuration/variables/sources/opt.js';
import self from 'serverless/lib/configuration/variables/sources/self.js';
import { serverlessFile } from './serverless-file.ts';

/** A CloudFormation intrinsic function in its long form; exactly one of the keys is present. */
export interface Intrinsic {
  Ref?: string;
  'Fn::GetAtt'?: [resource: string, attribute: string];
  'Fn::Sub'?: string;
  [other: `Fn::${string}`]: unknown;
}

interface SqsEvent {
  arn: string | Intrinsic;
  batchSize?: number;
  maximumBatchingWindow?: number;
  maximumConcurrency?: number;
  functionResponseType?: string;
  enabled?: boolean;
}

/**
 * One entry of a function's `events`; exactly one of the keys is present. `httpApi: '*'` is the
 * `$default` route.
 */
interface ServerlessEvent {
  httpApi?: '*' | { method: string; path: string };
  sqs?: SqsEvent;
  [other: string]: unknown;
}

export interface ServerlessFunction {
  /** `path/to/module.export`, relative to serverless.yml, without extension. */
  handler: string;
  /** Seconds; the provider's when absent. */
  timeout?: number;
  memorySize?: number;
  environment?: Record<string, string | number | Intrinsic>;
  events: ServerlessEvent[];
  [other: string]: unknown;
}

export interface ServerlessResource {
  Type: string;
  Properties?: Record<string, unknown>;
  [other: string]: unknown;
}

export interface ServerlessDocument {
  service: string;
  provider: {
    name: string;
    region: string;
    stage: string;
    /** Seconds. */
    timeout?: number;
    environment: Record<string, string | number | Intrinsic>;
    [other: string]: unknown;
  };
  functions: Record<string, ServerlessFunction>;
  resources: { Resources: Record<string, ServerlessResource>; Outputs: Record<string, unknown> };
  custom: Record<string, unknown>;
  [other: string]: unknown;
}

export interface LoadOptions {
  /** Default: the repository's own. */
  path?: string;
  stage: string;
  /** What `${opt:region}` is; else the document's own fallback decides. */
  region?: string;
  /** What `${env:...}` reads. */
  env?: Record<string, string | undefined>;
  /** Leaves out `resources` and `custom`, which take most of the time to resolve. */
  functionsOnly?: boolean;
}

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const fieldsOf = (value: unknown, where: string): Fields => {
  if (value === undefined || value === null) return {};
  if (!isFields(value)) throw new Error(`serverless.yml: ${where} must be a mapping`);
  return value;
};

/**
 * `resources` may be one template or a list of them; a logical id declared twice is a mistake, not
 * a merge.
 */
const mergeTemplates = (resources: unknown): ServerlessDocument['resources'] => {
  const merged: ServerlessDocument['resources'] = { Resources: {}, Outputs: {} };
  for (const template of Array.isArray(resources) ? resources : [resources]) {
    const fields = fieldsOf(template, 'resources');
    for (const [id, resource] of Object.entries(fieldsOf(fields.Resources, 'resources.Resources'))) {
      if (id in merged.Resources) throw new Error(`serverless.yml: the resource ${id} is declared twice`);
      merged.Resources[id] = resource as ServerlessResource;
    }
    Object.assign(merged.Outputs, fieldsOf(fields.Outputs, 'resources.Outputs'));
  }
  return merged;
};

const checkedFunctions = (functions: Fields): ServerlessDocument['functions'] => {
  for (const [name, declared] of Object.entries(functions)) {
    const { handler, events } = fieldsOf(declared, `functions.${name}`);
    if (typeof handler !== 'string') throw new Error(`serverless.yml: functions.${name}.handler must be a string`);
    if (!Array.isArray(events)) throw new Error(`serverless.yml: functions.${name}.events must be a list`);
  }
  return functions as ServerlessDocument['functions'];
};

/**
 * Reads serverless.yml as the Serverless Framework does: variables resolved, intrinsic functions in their
 * long form, resource templates merged. Errors name the variable or path.
 */
export const loadServerless = async (options: LoadOptions): Promise<ServerlessDocument> => {
  const { stage, region, env = {} } = options;
  const path = resolve(options.path ?? serverlessFile());
  const { resources, custom, ...rest } = await read(path);
  const document = options.functionsOnly ? rest : { ...rest, resources, custom };
  await resolveVariables({
    serviceDir: dirname(path),
    configuration: document,
    options: { stage, ...(region && { region }) },
    sources: {
      file,
      opt,
      self,
      sls: getSls(),
      env: { resolve: ({ address = '' }) => ({ value: env[address] ?? null }) },
    },
  });
  const provider = fieldsOf(document.provider, 'provider');
  return {
    ...document,
    service: String(document.service),
    provider: { ...provider, environment: fieldsOf(provider.environment, 'provider.environment') },
    functions: checkedFunctions(fieldsOf(document.functions, 'functions')),
    resources: mergeTemplates(document.resources),
    custom: fieldsOf(document.custom, 'custom'),
  } as ServerlessDocument;
};
