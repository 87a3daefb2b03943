/** The statements of permissions.yml that depend on the environment: the mail sender and the table's key. */
import { describe, expect, it } from 'vitest';
import { loadServerless } from '../../lib/runtime/serverless/serverless-yaml.ts';
import type { Permissions } from './permissions.ts';
import { merged, statementsOf } from './roles.ts';

const allowed = async (needs: string[], env: Record<string, string>) => {
  const { custom } = await loadServerless({ stage: 'dev', env });
  return merged(statementsOf('any', needs, custom.permissions as Permissions));
};

it('mail is sent from EMAIL_FROM alone', async () => {
  expect(await allowed(['email'], { EMAIL_FROM: 'us@example.com' })).toMatchObject([
    { Action: ['ses:SendEmail'], Condition: { StringEquals: { 'ses:FromAddress': 'us@example.com' } } },
  ]);
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
