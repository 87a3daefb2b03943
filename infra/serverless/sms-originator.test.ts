import { describe, expect, it } from 'vitest';
import { loadServerless } from '../../lib/runtime/serverless/serverless-yaml.ts';
import type { Permissions } from './permissions.ts';
import { merged, statementsOf } from './roles.ts';
import { originatorResource, withOriginator } from './sms-originator.ts';

const allowed = async (env: Record<string, string>) => {
  const { custom } = await loadServerless({ stage: 'dev', env });
  return merged(statementsOf('any', ['sms'], withOriginator(custom.permissions as Permissions, env)));
};

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
    expect(await allowed({})).toMatchObject([{ Resource: '*' }]);
    expect(await allowed({ SMS_ORIGINATION_IDENTITY: 'EXAMPLE' })).not.toMatchObject([{ Resource: '*' }]);
  });
});
