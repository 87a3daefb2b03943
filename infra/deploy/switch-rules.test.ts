import { describe, expect, it } from 'vitest';
import { switchRules, tagRules } from './switch-rules.ts';
import type { Template } from './template-rules.ts';

const KEY = 'arn:aws:kms:us-east-1:123456789012:key/abc';
const statement = (Action: string[], Resource: unknown) => ({ Effect: 'Allow', Action, Resource });
const template = (options: { traced?: boolean; key?: string; sms?: string }, ...statements: object[]): Template => ({
  Resources: {
    Table: {
      Type: 'AWS::DynamoDB::Table',
      Properties: options.key ? { SSESpecification: { KMSMasterKeyId: options.key } } : {},
    },
    Deliver: {
      Type: 'AWS::Lambda::Function',
      Properties: options.traced ? { TracingConfig: { Mode: 'Active' } } : {},
    },
    DeliverRole: {
      Type: 'AWS::IAM::Role',
      Properties: { Policies: [{ PolicyDocument: { Version: '2012-10-17', Statement: statements } }] },
    },
  },
});
const reads = statement(['dynamodb:GetItem'], 'arn:aws:dynamodb:::table/it');
const opens = statement(['kms:Decrypt'], KEY);
const traces = statement(['xray:PutTraceSegments'], '*');
const sends = (Resource: string) => statement(['sms-voice:SendTextMessage'], Resource);

describe('the switches of a deployment', () => {
  it('do nothing where they are off', () => {
    expect(switchRules(template({}, reads, sends('*')), {})).toEqual([]);
    expect(switchRules(template({ traced: true, key: KEY }, traces), {})).toEqual([
      'Deliver is traced',
      '1 roles may write traces',
      'Table is not encrypted as TABLE_KMS_KEY_ARN says',
    ]);
  });

  it('do what they say where they are on', () => {
    const env = { XRAY: 'on', TABLE_KMS_KEY_ARN: KEY, SMS_ORIGINATION_IDENTITY: 'EXAMPLE' };
    expect(switchRules(template({ traced: true, key: KEY }, reads, opens, traces, sends('arn:x')), env)).toEqual([]);
    expect(switchRules(template({}, reads, sends('*')), env)).toEqual([
      'Deliver is not traced',
      '0 roles may write traces',
      'Table is not encrypted as TABLE_KMS_KEY_ARN says',
      'DeliverRole may use the table and not its key',
      'DeliverRole sends SMS from any originator',
    ]);
  });

  it('include the tags of the stack', () => {
    expect(tagRules({ stage: 'dev', team: 'growth' }, { stage: 'dev', team: 'growth' })).toEqual([]);
    expect(tagRules(undefined, { stage: 'dev' })).toEqual(['the stack has no tag stage=dev']);
  });
});
