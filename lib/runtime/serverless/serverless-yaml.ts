import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Intrinsic, parseCloudFormationYaml } from './cloudformation-yaml.ts';
import { serverlessFile } from './serverless-file.ts';
import { resolveVariables } from './variables.ts';

export type { GetAtt, Intrinsic, OtherIntrinsic, Ref, Sub } from './cloudformation-yaml.ts';
export { isGetAtt, isRef, isSub } from './cloudformation-yaml.ts';

export interface SqsEvent {
  arn: string | Intrinsic;
  batchSize?: number;
  maximumBatchingWindow?: number;
  maximumConcurrency?: number;
  functionResponseType?: string;
  enabled?: boolean;
}

/** One entry of a function's `events`; exactly one of the keys is present. `httpApi: '*'` is the `$default` route. */
export interface ServerlessEvent {
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
}

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const fieldsOf = (value: unknown, where: string): Fields => {
  if (value === undefined || value === null) return {};
  if (!isFields(value)) throw new Error(`serverless.yml: ${where} must be a mapping`);
  return value;
};

/** `resources` may be one template or a list of them; a logical id declared twice is a mistake, not a merge. */
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
 * Reads serverless.yml with everything `${...}` in it resolved (`self`, `sls`, `opt`, `env`, `file`), lists of resource
 * templates merged, and CloudFormation intrinsics kept as `{ ref }`, `{ getAtt }`, `{ sub }`.
 * Throws an Error that names the variable or the path at fault.
 */
export const loadServerless = (options: LoadOptions): ServerlessDocument => {
  const path = resolve(options.path ?? serverlessFile());
  const raw = fieldsOf(parseCloudFormationYaml(readFileSync(path, 'utf8'), path), 'the document');
  const document = resolveVariables(raw, {
    directory: dirname(path),
    stage: options.stage,
    options: { stage: options.stage, ...(options.region && { region: options.region }) },
    env: options.env ?? {},
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
