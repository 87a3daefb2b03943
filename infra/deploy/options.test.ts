import { describe, expect, it } from 'vitest';
import { optionsOf, problemsOf, UsageError, warningsOf } from './options.ts';

const OPTIONS = { stage: 'dev', region: 'us-east-1', withoutFunctions: false, yes: false };
const SECRETS = {
  CURSOR_SECRET: Buffer.alloc(32, 1).toString('base64'),
  WEBHOOK_SECRETS: `whsec_${Buffer.alloc(32, 2).toString('base64')}`,
};
const ENOUGH = {
  EMAIL_FROM: 'us@example.com',
  ALARM_EMAIL: 'operators@example.com',
};

describe('the options', () => {
  it('take the region of the command, else that of the environment', async () => {
    expect(await optionsOf(['--stage', 'dev'], {})).toEqual(OPTIONS);
    expect(await optionsOf(['--stage', 'dev'], { AWS_REGION: 'eu-west-1' })).toMatchObject({ region: 'eu-west-1' });
    expect(await optionsOf(['--stage', 'dev', '--region', 'ap-south-1'], { AWS_REGION: 'eu-west-1' })).toMatchObject({
      region: 'ap-south-1',
    });
  });

  it.each([
    { argv: [], says: /--stage is required/ },
    { argv: ['--stage', 'local'], says: /--stage local is for emulators/ },
    { argv: ['--stage', 'Dev'], says: /--stage must match .*"Dev"/ },
    { argv: ['--stage', 'd'.repeat(40)], says: /--stage must have at most \d+ characters/ },
    {
      argv: ['--stage', 'dev', '--region', 'frankfurt'],
      says: /--region must be an AWS region like us-east-1, not "frankfurt"/,
    },
    { argv: ['--stage', 'dev', '--force'], says: /--force/ },
  ])('refuse $argv', async ({ argv, says }) => {
    const refused = expect(optionsOf(argv, {})).rejects;
    await refused.toThrow(UsageError);
    await refused.toThrow(says);
  });
});

describe('the environment of a deployment', () => {
  it('has no problem with references or with plain secrets that are allowed', async () => {
    expect(await problemsOf(OPTIONS, ENOUGH)).toEqual([]);
    expect(await problemsOf(OPTIONS, { ...ENOUGH, ...SECRETS, PLAIN_SECRETS: '1' })).toEqual([]);
  });

  it('may not have a secret that would be in plain text in the template; the problem names the remedy', async () => {
    const given = {
      ...ENOUGH,
      ...SECRETS,
      FIELD_KEYS: `a:${SECRETS.CURSOR_SECRET}`,
      SMTP_URL: 'smtp://user:word@mail',
    };
    const problems = await problemsOf(OPTIONS, given);
    expect(problems.map((problem) => problem.trim().split(' ')[0])).toEqual([
      'CURSOR_SECRET',
      'WEBHOOK_SECRETS',
      'FIELD_KEYS',
      'SMTP_URL',
    ]);
    for (const problem of problems)
      expect(problem).toMatch(/\{\{resolve:secretsmanager:event-notification-service-dev:SecretString:\w+\}\}/);
  });

  it('may not have a secret in a variable that the framework resolves: it would be in plain text too', async () => {
    expect(await problemsOf(OPTIONS, { ...ENOUGH, CURSOR_SECRET: `\${ssm:/cursor}` })).toEqual([
      expect.stringContaining('CURSOR_SECRET would be in plain text'),
    ]);
  });

  it('never appears in a problem by its values', async () => {
    const env = { ...ENOUGH, CURSOR_SECRET: 'hunter2', ALARM_EMAIL: 'not an address', PLAIN_SECRETS: '1' };
    const problems = await problemsOf(OPTIONS, env);
    expect(problems).toHaveLength(2);
    expect(problems.join('\n')).not.toMatch(/hunter2|not an address/);
  });

  it('may have references that CloudFormation resolves, and no malformed ones', async () => {
    const given = (WEBHOOK_SECRETS: string) => problemsOf(OPTIONS, { ...ENOUGH, WEBHOOK_SECRETS, PLAIN_SECRETS: '1' });
    expect(await given('{{resolve:secretsmanager:event-system:SecretString:webhooks}}')).toEqual([]);
    expect(await given('{{resolve:elsewhere:it}}')).toEqual([expect.stringContaining('WEBHOOK_SECRETS')]);
  });

  it('may not be larger for any function than Lambda allows, counting only the secrets that the function needs', async () => {
    const many = (count: number) => Array.from({ length: count }, () => SECRETS.WEBHOOK_SECRETS).join(' ');
    const given = (count: number) => ({ ...ENOUGH, PLAIN_SECRETS: '1', WEBHOOK_SECRETS: many(count) });
    expect(await problemsOf(OPTIONS, given(20))).toEqual([]);
    const problems = await problemsOf(OPTIONS, given(80));
    expect(problems).toEqual([expect.stringMatching(/of notificationsDeliver takes \d{4} bytes of the 4096/)]);
  });

  it('must have the KMS key that decrypts a kms: field key, with functions or without', async () => {
    const env = { ...ENOUGH, FIELD_KEYS: 'a:kms:AAAA' };
    for (const withoutFunctions of [true, false])
      expect((await problemsOf({ ...OPTIONS, withoutFunctions }, env)).join('\n')).toContain(
        'FIELD_KMS_KEY_ARN: is required',
      );
  });

  it('is not checked as configuration without functions, as pods get theirs elsewhere', async () => {
    expect(await problemsOf({ ...OPTIONS, withoutFunctions: true }, SECRETS)).toEqual([]);
    expect(
      await problemsOf({ ...OPTIONS, withoutFunctions: true }, { POD_SERVICE_ACCOUNT: 'Event System' }),
    ).toHaveLength(1);
  });

  it('gives a warning if e-mail will fail or alarms notify no one', async () => {
    const bare = { ...OPTIONS, withoutFunctions: true };
    expect(await warningsOf(bare, {})).toEqual([
      expect.stringContaining('EMAIL_FROM'),
      expect.stringContaining('ALARM_EMAIL'),
    ]);
    expect(await warningsOf(bare, { EMAIL_TRANSPORT: 'smtp', ALARM_EMAIL: 'operators@example.com' })).toEqual([]);
  });

  it('gives a warning with the command that creates the secret, if it has no secrets', async () => {
    expect(await warningsOf(OPTIONS, ENOUGH)).toEqual([
      expect.stringMatching(
        /^CURSOR_SECRET and WEBHOOK_SECRETS .*\n {2}aws secretsmanager create-secret --region us-east-1 --name event-notification-service-dev /,
      ),
    ]);
    const reference = '{{resolve:secretsmanager:ours}}';
    expect(await warningsOf(OPTIONS, { ...ENOUGH, CURSOR_SECRET: reference, WEBHOOK_SECRETS: reference })).toEqual([]);
  });

  it('gives a warning if a prod stage reserves nothing because the account limit is unknown', async () => {
    const prod = { ...OPTIONS, stage: 'prod' };
    const env = {
      ...ENOUGH,
      CURSOR_SECRET: '{{resolve:secretsmanager:a}}',
      WEBHOOK_SECRETS: '{{resolve:secretsmanager:a}}',
    };
    expect(await warningsOf(prod, env)).toEqual([expect.stringMatching(/Requests may take .* LAMBDA_CONCURRENCY/)]);
    expect(await warningsOf(prod, { ...env, LAMBDA_CONCURRENCY: '1000' })).toEqual([]);
  });
});
