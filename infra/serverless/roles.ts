/**
 * Serverless Framework plugin: a role for each function that allows what its `needs` in
 * serverless.yml name (their meaning is in infra/resources/permissions.yml), writing its own log
 * and receiving from its own queue.
 */

import type { Permissions } from './permissions.ts';
import { withOriginator } from './sms-originator.ts';

interface Statement {
  Effect: 'Allow';
  Action: string[];
  Resource: unknown;
  Condition?: unknown;
}
interface Declared {
  name: string;
  needs?: string[];
  role?: unknown;
  tracing?: string;
  events: { sqs?: { arn: unknown } }[];
}
interface Serverless {
  service: {
    functions: Record<string, Declared>;
    custom: { permissions: Permissions };
    provider: { compiledCloudFormationTemplate: { Resources: Record<string, unknown> } };
  };
  configSchemaHandler: { defineFunctionProperties(provider: string, schema: object): void };
}

const listOf = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);

/**
 * Merges statements about the same resource. A resource that is empty, like the ARN of a key that
 * is not set, is left out.
 */
export const merged = (statements: Permissions[string]): Statement[] => {
  const byResource = new Map<string, Statement>();
  for (const { Action, Resource, Condition } of statements) {
    if (Resource === '') continue;
    const key = JSON.stringify([Resource, Condition]);
    const known = byResource.get(key);
    const actions = new Set([...(known?.Action ?? []), ...listOf(Action)]);
    byResource.set(key, {
      Effect: 'Allow',
      Action: [...actions].sort(),
      Resource,
      ...(Condition ? { Condition } : {}),
    });
  }
  return [...byResource.values()];
};

/** Throws for a need that permissions.yml does not have. */
export const statementsOf = (functionName: string, needs: string[], permissions: Permissions): Permissions[string] =>
  needs.flatMap((need) => {
    const allowed = permissions[need];
    if (allowed) return allowed;
    const known = Object.keys(permissions).join(', ');
    throw new Error(
      `functions.${functionName}.needs: "${need}" is none of those in infra/resources/permissions.yml: ${known}`,
    );
  });

/**
 * https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html: what Lambda's poller does with the
 * function's role.
 */
const ownQueues = ({ events }: Declared): Permissions[string] =>
  events.flatMap(({ sqs }) =>
    sqs ? [{ Action: ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'], Resource: sqs.arn }] : [],
  );

/** The stack creates the log group. */
const ownLog = ({ name }: Declared): Permissions[string] => {
  const group = `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:/aws/lambda/${name}`;
  return [{ Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: { 'Fn::Sub': `${group}:*` } }];
};

const roleId = (functionName: string): string => `${functionName.charAt(0).toUpperCase()}${functionName.slice(1)}Role`;

/** https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html. Traces have no ARN. */
const TRACING: Statement = {
  Effect: 'Allow',
  Action: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'],
  Resource: '*',
};

const roleOf = (name: string, declared: Declared, permissions: Permissions) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    },
    Policies: [
      {
        PolicyName: 'needs',
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            ...merged(ownLog(declared)),
            ...(declared.tracing ? [TRACING] : []),
            ...merged([...ownQueues(declared), ...statementsOf(name, declared.needs ?? [], permissions)]),
          ],
        },
      },
    ],
  },
});

export default class Roles {
  hooks: Record<string, () => void>;

  constructor({ service, configSchemaHandler }: Serverless) {
    configSchemaHandler.defineFunctionProperties('aws', {
      properties: { needs: { type: 'array', items: { type: 'string' }, uniqueItems: true } },
    });
    const assign = (): void => {
      service.custom.permissions = withOriginator(service.custom.permissions, process.env);
      for (const [name, declared] of Object.entries(service.functions)) {
        declared.role = roleId(name);
        if (process.env.XRAY === 'on') declared.tracing = 'Active';
      }
    };
    const add = (): void => {
      const { Resources } = service.provider.compiledCloudFormationTemplate;
      for (const [name, declared] of Object.entries(service.functions)) {
        Resources[roleId(name)] = roleOf(name, declared, service.custom.permissions);
      }
    };
    this.hooks = { 'before:package:initialize': assign, 'after:package:initialize': add };
  }
}
