/**
 * Rules for a template that no public tool has: wildcards, shared roles, senders, limits of
 * CloudFormation.
 */

interface Statement {
  Action: string | string[];
  Resource: unknown;
  Condition?: Conditions;
}
interface Resource {
  Type: string;
  Properties: Record<string, unknown>;
}
export interface Template {
  Resources: Record<string, Resource>;
}
/** Operator -> key -> value. */
type Conditions = Record<string, Record<string, unknown>>;
export interface Policy {
  where: string;
  document: { Version: string; Statement: { Action: string[]; Resource: string[]; Condition?: Conditions }[] };
}

/**
 * CloudFormation's limit is 500:
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
 */
const RESOURCES_MAX = 480;
/** Traces have no ARN; SMS has none without an originator. */
const STAR_ALLOWED = new Set(['sms-voice:SendTextMessage', 'xray:PutTelemetryRecords', 'xray:PutTraceSegments']);

const listOf = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);

const ACCOUNT = '123456789012';
/** The ARN of a resource by its type, close enough for a linter of policies. */
const ARNS: Record<string, (id: string) => string> = {
  'AWS::DynamoDB::Table': (id) => `arn:aws:dynamodb:us-east-1:${ACCOUNT}:table/${id}`,
  'AWS::SQS::Queue': (id) => `arn:aws:sqs:us-east-1:${ACCOUNT}:${id}`,
  'AWS::IAM::Role': (id) => `arn:aws:iam::${ACCOUNT}:role/${id}`,
  'AWS::Scheduler::ScheduleGroup': (id) => `arn:aws:scheduler:us-east-1:${ACCOUNT}:schedule-group/${id}`,
};
const PSEUDO: Record<string, string> = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'us-east-1',
  'AWS::AccountId': ACCOUNT,
  'AWS::URLSuffix': 'amazonaws.com',
};

const arnOf = (template: Template, id: string): string => ARNS[template.Resources[id]?.Type ?? '']?.(id) ?? id;

const textOf = (template: Template, value: unknown): string => {
  if (typeof value === 'string') return value;
  const { Ref: ref, 'Fn::GetAtt': attribute, 'Fn::Sub': sub } = value as Record<string, string & string[]>;
  if (attribute) return arnOf(template, String(attribute[0]));
  if (ref) return PSEUDO[ref] ?? ref;
  return String(sub).replaceAll(/\$\{([^}]+)\}/g, (_, name: string) =>
    name.endsWith('.Arn') ? arnOf(template, name.slice(0, -'.Arn'.length)) : (PSEUDO[name] ?? name),
  );
};

const conditionsOf = (template: Template, conditions: Conditions): Conditions =>
  Object.fromEntries(
    Object.entries(conditions).map(([operator, keys]) => [
      operator,
      Object.fromEntries(Object.entries(keys).map(([key, value]) => [key, textOf(template, value)])),
    ]),
  );

/** Every policy, inline or managed, with texts in place of references. */
export const policiesOf = (template: Template): Policy[] =>
  Object.entries(template.Resources).flatMap(([id, { Type, Properties }]) => {
    const inline = Type === 'AWS::IAM::Role' ? ((Properties.Policies ?? []) as { PolicyDocument: unknown }[]) : [];
    const own = Type === 'AWS::IAM::ManagedPolicy' ? [{ PolicyDocument: Properties.PolicyDocument }] : [];
    return [...inline, ...own].map(({ PolicyDocument }) => {
      const { Version, Statement } = PolicyDocument as { Version: string; Statement: Statement[] };
      const statements = Statement.map((statement) => ({
        ...statement,
        Action: listOf(statement.Action),
        Resource: listOf(statement.Resource).map((each) => textOf(template, each)),
        ...(statement.Condition && { Condition: conditionsOf(template, statement.Condition) }),
      }));
      return { where: id, document: { Version, Statement: statements } };
    });
  });

const wildcards = ({ where, document }: Policy): string[] =>
  document.Statement.flatMap(({ Action, Resource }) => [
    ...Action.filter((action) => action.includes('*')).map((action) => `${where} allows ${action}`),
    ...(Resource.includes('*') ? Action.filter((action) => !STAR_ALLOWED.has(action)) : []).map(
      (action) => `${where} allows ${action} on everything`,
    ),
  ]);

const sharedRoles = ({ Resources }: Template): string[] => {
  const roles = Object.values(Resources)
    .filter(({ Type }) => Type === 'AWS::Lambda::Function')
    .map(({ Properties }) => JSON.stringify(Properties.Role));
  return roles
    .filter((role, index) => roles.indexOf(role) !== index)
    .map((role) => `${role} is the role of two functions`);
};

/** A role that may send e-mail may do so from one address alone. */
const senders = ({ where, document }: Policy): string[] =>
  document.Statement.flatMap(({ Action, Condition }) =>
    Action.includes('ses:SendEmail') && !Condition?.StringEquals?.['ses:FromAddress']
      ? [`${where} may send e-mail from any address`]
      : [],
  );

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html */
const REFERENCES_MAX = 60;

const references = (template: Template): string[] => {
  const count = JSON.stringify(template).split('{{resolve:').length - 1;
  return count > REFERENCES_MAX ? [`${count} dynamic references are more than CloudFormation's ${REFERENCES_MAX}`] : [];
};

/** One line for each problem. */
export const templateProblems = (template: Template): string[] => {
  const count = Object.keys(template.Resources).length;
  return [
    ...(count > RESOURCES_MAX ? [`${count} resources are too close to CloudFormation's limit of 500`] : []),
    ...references(template),
    ...policiesOf(template).flatMap((policy) => [...wildcards(policy), ...senders(policy)]),
    ...sharedRoles(template),
  ];
};
