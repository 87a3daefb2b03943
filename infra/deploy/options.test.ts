import { describe, expect, it } from 'vitest';
import { optionsOf, problemsOf, UsageError, warningsOf } from './options.ts';

const ASKED = { stage: 'dev', region: 'us-east-1', withoutFunctions: false, yes: false };
const SECRETS = {
  CURSOR_SECRET: Buffer.alloc(32, 1).toString('base64'),
  WEBHOOK_SECRETS: `whsec_${Buffer.alloc(32, 2).toString('base64')}`,
};
const ENOUGH = {
  EMAIL_FROM: 'us@example.com',
  ALARM_EMAIL: 'operators@example.com',
};

describe('what is asked for', () => {
  it('takes the region of the environment, and that of the command before it', async () => {
    expect(await optionsOf(['--stage', 'dev'], {})).toEqual(ASKED);
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
    { argv: ['--stage', 'dev', '--region', 'frankfurt'], says: /--region must be a region of AWS, not "frankfurt"/ },
    { argv: ['--stage', 'dev', '--force'], says: /--force/ },
  ])('refuses $argv', async ({ argv, says }) => {
    const refused = expect(optionsOf(argv, {})).rejects;
    await refused.toThrow(UsageError);
    await refused.toThrow(says);
  });
});

describe('whether the environment is enough', () => {
  it('finds nothing wrong with one that is', async () => {
    expect(await problemsOf(ASKED, ENOUGH)).toEqual([]);
    expect(await problemsOf(ASKED, { ...ENOUGH, ...SECRETS, PLAIN_SECRETS: '1' })).toEqual([]);
  });

  it('refuses a secret that would be in clear in the template, with the remedy', async () => {
    const given = {
      ...ENOUGH,
      ...SECRETS,
      FIELD_KEYS: `a:${SECRETS.CURSOR_SECRET}`,
      SMTP_URL: 'smtp://user:word@mail',
    };
    const problems = await problemsOf(ASKED, given);
    expect(problems.map((problem) => problem.trim().split(' ')[0])).toEqual([
      'CURSOR_SECRET',
      'WEBHOOK_SECRETS',
      'FIELD_KEYS',
      'SMTP_URL',
    ]);
    for (const problem of problems)
      expect(problem).toMatch(/\{\{resolve:secretsmanager:event-notification-service-dev:SecretString:\w+\}\}/);
  });

  it('asks of a resolved variable of the framework what it asks of any value: it would be in clear too', async () => {
    expect(await problemsOf(ASKED, { ...ENOUGH, CURSOR_SECRET: `\${ssm:/cursor}` })).toEqual([
      expect.stringContaining('CURSOR_SECRET would be in clear'),
    ]);
  });

  it('never prints a value', async () => {
    const env = { ...ENOUGH, CURSOR_SECRET: 'hunter2', ALARM_EMAIL: 'not an address', PLAIN_SECRETS: '1' };
    const problems = await problemsOf(ASKED, env);
    expect(problems).toHaveLength(2);
    expect(problems.join('\n')).not.toMatch(/hunter2|not an address/);
  });

  it('leaves alone what CloudFormation will put in its place', async () => {
    const given = (WEBHOOK_SECRETS: string) => problemsOf(ASKED, { ...ENOUGH, WEBHOOK_SECRETS, PLAIN_SECRETS: '1' });
    expect(await given('{{resolve:secretsmanager:event-system:SecretString:webhooks}}')).toEqual([]);
    expect(await given('{{resolve:elsewhere:it}}')).toEqual([expect.stringContaining('WEBHOOK_SECRETS')]);
  });

  it('says when a function would get more than Lambda takes, of the secrets that it needs', async () => {
    const many = (count: number) => Array.from({ length: count }, () => SECRETS.WEBHOOK_SECRETS).join(' ');
    const given = (count: number) => ({ ...ENOUGH, PLAIN_SECRETS: '1', WEBHOOK_SECRETS: many(count) });
    expect(await problemsOf(ASKED, given(20))).toEqual([]);
    const problems = await problemsOf(ASKED, given(80));
    expect(problems).toEqual([expect.stringMatching(/of notificationsDeliver takes \d{4} bytes of the 4096/)]);
  });

  it('wants the KMS key that opens a key of fields, with functions or without', async () => {
    const env = { ...ENOUGH, FIELD_KEYS: 'a:kms:AAAA' };
    for (const withoutFunctions of [true, false])
      expect((await problemsOf({ ...ASKED, withoutFunctions }, env)).join('\n')).toContain(
        'FIELD_KMS_KEY_ARN: is required',
      );
  });

  it('asks nothing of the configuration where only pods will have it', async () => {
    expect(await problemsOf({ ...ASKED, withoutFunctions: true }, SECRETS)).toEqual([]);
    expect(
      await problemsOf({ ...ASKED, withoutFunctions: true }, { POD_SERVICE_ACCOUNT: 'Event System' }),
    ).toHaveLength(1);
  });

  it('warns where mail will fail and alarms tell nobody', async () => {
    const bare = { ...ASKED, withoutFunctions: true };
    expect(await warningsOf(bare, {})).toEqual([
      expect.stringContaining('EMAIL_FROM'),
      expect.stringContaining('ALARM_EMAIL'),
    ]);
    expect(await warningsOf(bare, { EMAIL_TRANSPORT: 'smtp', ALARM_EMAIL: 'operators@example.com' })).toEqual([]);
  });

  it('says how the secret is made that will be read, where it is', async () => {
    expect(await warningsOf(ASKED, ENOUGH)).toEqual([
      expect.stringMatching(
        /^CURSOR_SECRET and WEBHOOK_SECRETS .*\n {2}aws secretsmanager create-secret --region us-east-1 --name event-notification-service-dev /,
      ),
    ]);
    const reference = '{{resolve:secretsmanager:ours}}';
    expect(await warningsOf(ASKED, { ...ENOUGH, CURSOR_SECRET: reference, WEBHOOK_SECRETS: reference })).toEqual([]);
  });

  it('says that a prod stage reserves nothing of an account, unless its limit is known', async () => {
    const prod = { ...ASKED, stage: 'prod' };
    const env = {
      ...ENOUGH,
      CURSOR_SECRET: '{{resolve:secretsmanager:a}}',
      WEBHOOK_SECRETS: '{{resolve:secretsmanager:a}}',
    };
    expect(await warningsOf(prod, env)).toEqual([expect.stringMatching(/Nothing keeps .* LAMBDA_CONCURRENCY/)]);
    expect(await warningsOf(prod, { ...env, LAMBDA_CONCURRENCY: '1000' })).toEqual([]);
  });
});
