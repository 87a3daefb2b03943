import { describe, expect, it } from 'vitest';
import { optionsOf, problemsOf, UsageError, warningsOf } from './options.ts';

const ASKED = { stage: 'dev', region: 'us-east-1', withoutFunctions: false, yes: false };
const ENOUGH = {
  CURSOR_SECRET: Buffer.alloc(32, 1).toString('base64'),
  WEBHOOK_SECRETS: `whsec_${Buffer.alloc(32, 2).toString('base64')}`,
  EMAIL_FROM: 'us@example.com',
  ALARM_EMAIL: 'operators@example.com',
};

describe('what is asked for', () => {
  it('takes the region of the environment, and that of the command before it', () => {
    expect(optionsOf(['--stage', 'dev'], {})).toEqual(ASKED);
    expect(optionsOf(['--stage', 'dev'], { AWS_REGION: 'eu-west-1' }).region).toBe('eu-west-1');
    expect(optionsOf(['--stage', 'dev', '--region', 'ap-south-1'], { AWS_REGION: 'eu-west-1' }).region).toBe(
      'ap-south-1',
    );
  });

  it.each([
    { argv: [], says: /--stage is required/ },
    { argv: ['--stage', 'local'], says: /--stage local is for emulators/ },
    { argv: ['--stage', 'Dev'], says: /--stage must match .*"Dev"/ },
    { argv: ['--stage', 'd'.repeat(40)], says: /--stage must have at most \d+ characters/ },
    { argv: ['--stage', 'dev', '--region', 'frankfurt'], says: /--region must be a region of AWS, not "frankfurt"/ },
    { argv: ['--stage', 'dev', '--force'], says: /--force/ },
  ])('refuses $argv', ({ argv, says }) => {
    expect(() => optionsOf(argv, {})).toThrow(UsageError);
    expect(() => optionsOf(argv, {})).toThrow(says);
  });
});

describe('whether the environment is enough', () => {
  it('finds nothing wrong with one that is', () => {
    expect(problemsOf(ASKED, ENOUGH)).toEqual([]);
    expect(warningsOf(ENOUGH)).toEqual([]);
  });

  it('names every secret that is missing, and how one is made', () => {
    const problems = problemsOf(ASKED, {}).join('\n');
    expect(problems).toMatch(/CURSOR_SECRET: .*\n.*openssl rand/);
    expect(problems).toMatch(/WEBHOOK_SECRETS: .*\n.*whsec_/);
  });

  it('never prints a value', () => {
    const problems = problemsOf(ASKED, { ...ENOUGH, CURSOR_SECRET: 'hunter2', ALARM_EMAIL: 'not an address' });
    expect(problems).toHaveLength(2);
    expect(problems.join('\n')).not.toMatch(/hunter2|not an address/);
  });

  it('leaves alone what somebody else will put in its place', () => {
    const given = (WEBHOOK_SECRETS: string) => problemsOf(ASKED, { ...ENOUGH, WEBHOOK_SECRETS });
    expect(given('{{resolve:secretsmanager:event-system:SecretString:webhooks}}')).toEqual([]);
    expect(given('{{resolve:elsewhere:it}}')).toEqual([expect.stringContaining('WEBHOOK_SECRETS')]);
  });

  it('says when a function would get more than Lambda takes, of the secrets that it needs', () => {
    const many = (count: number) => Array.from({ length: count }, () => ENOUGH.WEBHOOK_SECRETS).join(' ');
    expect(problemsOf(ASKED, { ...ENOUGH, WEBHOOK_SECRETS: many(20) })).toEqual([]);
    const problems = problemsOf(ASKED, { ...ENOUGH, WEBHOOK_SECRETS: many(80) });
    expect(problems).toEqual([expect.stringMatching(/of notificationsDeliver takes \d{4} bytes of the 4096/)]);
  });

  it('wants the KMS key that opens a key of fields, with functions or without', () => {
    const env = { ...ENOUGH, FIELD_KEYS: 'a:kms:AAAA' };
    for (const withoutFunctions of [true, false])
      expect(problemsOf({ ...ASKED, withoutFunctions }, env).join('\n')).toContain('FIELD_KMS_KEY_ARN: is required');
  });

  it('asks nothing of the configuration where only pods will have it', () => {
    expect(problemsOf({ ...ASKED, withoutFunctions: true }, {})).toEqual([]);
    expect(problemsOf({ ...ASKED, withoutFunctions: true }, { POD_SERVICE_ACCOUNT: 'Event System' })).toHaveLength(1);
  });

  it('warns where mail will fail and alarms tell nobody', () => {
    expect(warningsOf({})).toEqual([expect.stringContaining('EMAIL_FROM'), expect.stringContaining('ALARM_EMAIL')]);
    expect(warningsOf({ EMAIL_TRANSPORT: 'smtp', ALARM_EMAIL: 'operators@example.com' })).toEqual([]);
  });
});
