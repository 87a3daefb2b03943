/** The statements of permissions.yml that depend on the environment: senders, and the table's key. */
import { describe, expect, it } from 'vitest';
import { loadServerless } from '../../lib/runtime/serverless/serverless-yaml.ts';
import type { Permissions } from './permissions.ts';
import { merged, statementsOf } from './roles.ts';
import { originatorResource, withOriginator } from './sms-originator.ts';

const allowed = async (needs: string[], env: Record<string, string>) => {
  const { custom } = await loadServerless({ stage: 'dev', env });
  return merged(statementsOf('any', needs, withOriginator(custom.permissions as Permissions, env)));
};

it('mail is sent from EMAIL_FROM alone', async () => {
  expect(await allowed(['email'], { EMAIL_FROM: 'us@example.com' })).toMatchObject([
    { Action: ['ses:SendEmail'], Condition: { StringEquals: { 'ses:FromAddress': 'us@example.com' } } },
  ]);
});

describe('SMS', () => {
  it.each([
    ['arn:aws:sms-voice:eu-west-1:123456789012:pool/pool-1', undefined],
    ['pool-0123', ':pool/pool-0123'],
    ['phone-0123', ':phone-number/phone-0123'],
    ['+14255550100', ':phone-number/*'],
    ['72345', ':phone-number/*'],
    ['EXAMPLE', ':sender-id/EXAMPLE/*'],
  ])('from %s names %s', (identity, resource) => {
    const named = originatorResource(identity);
    if (resource === undefined) expect(named).toBe(identity);
    else expect(JSON.stringify(named)).toContain(`\${AWS::AccountId}${resource}"`);
  });

  it('may come from any originator if none is set: AWS chooses', async () => {
    expect(await allowed(['sms'], {})).toMatchObject([{ Resource: '*' }]);
    expect(await allowed(['sms'], { SMS_ORIGINATION_IDENTITY: 'EXAMPLE' })).not.toMatchObject([{ Resource: '*' }]);
  });
});

describe('the key of the table', () => {
  const TABLE_KMS_KEY_ARN = 'arn:aws:kms:us-east-1:123456789012:key/abc';

  it('decrypts for every function that uses the table, by DynamoDB alone', async () => {
    const words = [
      'get',
      'put',
      'update',
      'getMany',
      'query.by_time',
      'query.by_entity',
      'query.by_group',
      'query.open',
      'query.dead',
      'probe.table',
    ];
    for (const word of words) {
      const [, key] = await allowed([word], { TABLE_KMS_KEY_ARN });
      expect(key, word).toMatchObject({ Resource: TABLE_KMS_KEY_ARN, Condition: { StringEquals: {} } });
      expect(key?.Action).toContain('kms:Decrypt');
      expect(JSON.stringify(key?.Condition)).toContain('kms:ViaService');
      expect(key?.Action.includes('kms:GenerateDataKey')).toBe(['put', 'update'].includes(word));
    }
  });

  it('is in no role if the table has none', async () => {
    expect((await allowed(['get', 'put'], {})).flatMap(({ Action }) => Action)).toEqual(
      ['dynamodb:GetItem', 'dynamodb:PutItem'].sort(),
    );
  });
});
