/** Rules for the switches of a deployment: what each adds to the template, and what is absent without it. */
import type { Template } from './template-rules.ts';
import { policiesOf } from './template-rules.ts';

type Environment = Record<string, string | undefined>;

const xray = (template: Template, isOn: boolean): string[] => {
  const functions = Object.entries(template.Resources).filter(([, { Type }]) => Type === 'AWS::Lambda::Function');
  const untraced = functions.filter(
    ([, { Properties }]) => ((Properties.TracingConfig as { Mode?: string } | undefined)?.Mode === 'Active') !== isOn,
  );
  const traced = policiesOf(template).filter(({ document }) =>
    document.Statement.some(({ Action }) => Action.includes('xray:PutTraceSegments')),
  );
  return [
    ...untraced.map(([id]) => `${id} is ${isOn ? 'not ' : ''}traced`),
    ...(traced.length === (isOn ? functions.length : 0) ? [] : [`${traced.length} roles may write traces`]),
  ];
};

const tableKey = (template: Template, key: string | undefined): string[] => {
  const tables = Object.entries(template.Resources).filter(([, { Type }]) => Type === 'AWS::DynamoDB::Table');
  const wrong = tables.filter(
    ([, { Properties }]) =>
      (Properties.SSESpecification as { KMSMasterKeyId?: string } | undefined)?.KMSMasterKeyId !== key,
  );
  const lacking = policiesOf(template).filter(({ document: { Statement } }) => {
    const allows = (action: RegExp) => Statement.some(({ Action }) => Action.some((each) => action.test(each)));
    const decrypts = Statement.some(
      ({ Action, Resource }) => Action.includes('kms:Decrypt') && Resource.includes(key ?? ''),
    );
    return key !== undefined && allows(/^dynamodb:/) && !decrypts;
  });
  return [
    ...wrong.map(([id]) => `${id} is not encrypted as TABLE_KMS_KEY_ARN says`),
    ...lacking.map(({ where }) => `${where} may use the table and not its key`),
  ];
};

const originator = (template: Template, identity: string | undefined): string[] =>
  policiesOf(template)
    .filter(({ document }) =>
      document.Statement.some(
        ({ Action, Resource }) => Action.includes('sms-voice:SendTextMessage') && Resource.includes('*'),
      ),
    )
    .flatMap(({ where }) => (identity ? [`${where} sends SMS from any originator`] : []));

export const switchRules = (template: Template, env: Environment): string[] => [
  ...xray(template, env.XRAY === 'on'),
  ...tableKey(template, env.TABLE_KMS_KEY_ARN),
  ...originator(template, env.SMS_ORIGINATION_IDENTITY),
];

/** @param tags of the stack, with which CloudFormation tags everything in it */
export const tagRules = (tags: Record<string, string> = {}, wanted: Record<string, string>): string[] =>
  Object.entries(wanted).flatMap(([name, value]) =>
    tags[name] === value ? [] : [`the stack has no tag ${name}=${value}`],
  );
