import { describe, expect, it, vi } from 'vitest';
import { rateLimitOf, tenantRateLimitOf } from './auth/config.ts';
import { DEFAULT_RETRY_SCHEDULE, parseConfig, type SecretName } from './config.ts';
import { LEASE_MARGIN_MS, MARGIN_MS } from './notifications/state/policy.ts';
import { loadServerless } from './runtime/serverless/serverless-yaml.ts';

const queue = 'http://127.0.0.1:4566/000000000000/queue';
const SECRET = `whsec_${'A'.repeat(32)}`;
const environment = {
  TABLE_NAME: 'table',
  DELIVERY_QUEUE_URL: queue,
  DELIVERY_QUEUE_ARN: 'arn:aws:sqs:us-east-1:000000000000:delivery',
  SCHEDULE_QUEUE_URL: queue,
  EVENT_QUEUE_URL: queue,
  RECONCILE_QUEUE_URL: queue,
  REPLAY_QUEUE_URL: queue,
  DEAD_LETTER_QUEUE_URL: queue,
  SCHEDULE_GROUP: 'group',
  SCHEDULE_ROLE_ARN: 'arn:aws:iam::000000000000:role/scheduler',
  CURSOR_SECRET: 'sixteen characters',
  WEBHOOK_SECRETS: SECRET,
};

const problemsOf = (changes: Record<string, string | undefined>): string => {
  try {
    parseConfig({ ...environment, ...changes });
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};
const named = (message: string): string[] =>
  [...message.matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name ?? '').toSorted();

describe('configuration', () => {
  it('of the mode jwt names everything that it needs, and takes plain http in the stage local alone', () => {
    const jwt = { JWT_ISSUER: 'https://i.example', JWT_AUDIENCE: 'us', JWT_JWKS_URL: 'https://i.example/keys' };
    expect(named(problemsOf({ AUTH_MODE: 'jwt', RATE_LIMIT: '-1' }))).toEqual(
      ['JWT_AUDIENCE', 'JWT_ISSUER', 'JWT_JWKS_URL', 'RATE_LIMIT'].toSorted(),
    );
    expect(problemsOf({ AUTH_MODE: 'jwt', ...jwt })).toBe('');
    const plain = { AUTH_MODE: 'jwt', ...jwt, JWT_JWKS_URL: 'http://127.0.0.1/keys' };
    expect(named(problemsOf(plain))).toEqual(['JWT_JWKS_URL']);
    expect(named(problemsOf({ ...plain, JWT_JWKS_URL: 'HTTP://i.example' }))).toEqual(['JWT_JWKS_URL']);
    expect(problemsOf({ ...plain, STAGE: 'local' })).toBe('');
  });

  it('asks for an API key by default, and can go without authentication in the stage local alone', () => {
    expect(parseConfig(environment).AUTH_MODE).toBe('api-key');
    expect(named(problemsOf({ AUTH_MODE: 'none' }))).toEqual(['AUTH_MODE']);
    expect(problemsOf({ AUTH_MODE: 'none', STAGE: 'local' })).toBe('');
  });

  it('limits every principal, except without authentication where no limit is set', () => {
    const local = { ...environment, STAGE: 'local', AUTH_MODE: 'none' };
    const limits = [environment, local, { ...local, RATE_LIMIT: '5' }, { ...environment, RATE_LIMIT: '0' }];
    expect(limits.map((each) => rateLimitOf(parseConfig(each)))).toEqual([100, 0, 5, 0]);
    const ofTenants = [
      ...limits,
      { ...environment, TENANT_RATE_LIMIT: '7' },
      { ...environment, TENANT_RATE_LIMIT: '0' },
    ];
    expect(ofTenants.map((each) => tenantRateLimitOf(parseConfig(each)))).toEqual([1_000, 0, 50, 0, 7, 0]);
  });

  it('needs little, and has safe defaults', () => {
    expect(parseConfig(environment)).toMatchObject({
      STAGE: 'dev',
      RETENTION_DAYS: 30,
      CHANNEL_TIMEOUT_MS: 15_000,
      RETRY_SCHEDULE: DEFAULT_RETRY_SCHEDULE.split(',').map(Number),
      WEBHOOK_ALLOW_PRIVATE: false,
      WEBHOOK_ALLOW_HTTP: false,
      WEBHOOK_SECRETS: [SECRET],
    });
  });

  it('reports every problem at once, rules between variables included', () => {
    const message = problemsOf({
      STAGE: 'production',
      TABLE_NAME: undefined,
      DELIVERY_QUEUE_URL: 'nowhere',
      RETENTION_DAYS: '6',
      INDEX_PARTITIONS: '33',
      RETRY_SCHEDULE: '1,soon',
      WEBHOOK_ALLOW_PRIVATE: 'true',
      EMAIL_TRANSPORT: 'smtp',
      SMTP_URL: '',
    });
    expect(named(message)).toEqual(
      [
        'DELIVERY_QUEUE_URL',
        'INDEX_PARTITIONS',
        'RETENTION_DAYS',
        'RETRY_SCHEDULE',
        'SMTP_URL',
        'TABLE_NAME',
        'WEBHOOK_ALLOW_PRIVATE',
      ].toSorted(),
    );
  });

  it('limits where messages may go in any stage but a prod one', () => {
    const limits = { RECIPIENTS_ALLOWED: '*@example.com +4915*', RECIPIENTS_REDIRECT: 'email=a@example.com' };
    const { RECIPIENTS_ALLOWED, RECIPIENTS_REDIRECT } = parseConfig({ ...environment, STAGE: 'staging', ...limits });
    expect(RECIPIENTS_ALLOWED?.map(({ kind }) => kind)).toEqual(['email', 'phone']);
    expect(RECIPIENTS_REDIRECT).toEqual({ email: 'a@example.com' });
    expect(parseConfig(environment).RECIPIENTS_ALLOWED).toBeUndefined();
    expect(named(problemsOf({ STAGE: 'prod-eu', ...limits }))).toEqual(Object.keys(limits));
    expect(problemsOf({ STAGE: 'prod', RECIPIENTS_ALLOWED: '', RECIPIENTS_REDIRECT: '' })).toBe('');
    const plain = { RECIPIENTS_REDIRECT: 'webhook=http://hooks.example.com/' };
    expect(named(problemsOf(plain))).toEqual(['RECIPIENTS_REDIRECT']);
    expect(problemsOf({ ...plain, WEBHOOK_ALLOW_HTTP: 'true' })).toBe('');
    const wrong = { RECIPIENTS_ALLOWED: '*example.com', RECIPIENTS_REDIRECT: 'webhook=hunter2' };
    const message = problemsOf(wrong);
    expect(named(message)).toEqual(Object.keys(wrong));
    expect(message).not.toContain('hunter2');
  });

  it('says what is wrong with what it was given, but shows nothing that may be a secret', () => {
    const secrets = {
      CURSOR_SECRET: 'hunter2',
      WEBHOOK_SECRETS: 'whsec_hunter2 hunter2',
      FIELD_KEYS: 'k1:hunter2',
      SMTP_URL: 'http://user:hunter2@mail',
      JWT_JWKS_URL: 'ftp://user:hunter2@issuer',
      DELIVERY_QUEUE_URL: 'hunter2',
      FIELD_KMS_KEY_ARN: 'k1:hunter2',
    };
    const message = problemsOf(secrets);
    expect(new Set(named(message))).toEqual(new Set(Object.keys(secrets)));
    expect(message).not.toContain('hunter2');
    const wrong = {
      AUTH_MODE: 'open',
      CHANNEL_TIMEOUT_MS: '1e3',
      DEFAULT_PHONE_COUNTRY: 'XX',
      EMAIL_FROM: 'no-address',
      LOG_LEVEL: 'loud',
      RATE_LIMIT: '-1',
      WEBHOOK_ALLOW_HTTP: 'yes',
    };
    for (const [name, value] of Object.entries(wrong))
      expect(problemsOf({ [name]: value })).toMatch(new RegExp(`^  ${name}: must be .*, not "${value}"$`, 'm'));
    expect(parseConfig({ ...environment, LOG_LEVEL: 'debug', DEFAULT_PHONE_COUNTRY: 'DE' })).toBeDefined();
  });

  it('takes webhook secrets without padding, and holds them padded; what is no base64 is refused at the start', () => {
    const secretsOf = (text: string) => parseConfig({ ...environment, WEBHOOK_SECRETS: text }).WEBHOOK_SECRETS;
    const padded = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    expect(secretsOf(`${padded.replace('=', '')} ${padded}`)).toEqual([padded, padded]);
    for (const wrong of [`whsec_${'A'.repeat(33)}`, `whsec_${'-'.repeat(44)}`])
      expect(problemsOf({ WEBHOOK_SECRETS: wrong })).toContain('must be whsec_ and the base64 of 24 to 64 bytes');
  });

  it('takes a PUBLIC_URL with a path, and nothing after it', () => {
    const given = (url: string) => parseConfig({ ...environment, PUBLIC_URL: url }).PUBLIC_URL;
    expect(given('https://api.example/notify')).toBe('https://api.example/notify');
    for (const wrong of ['api.example', 'ftp://a.example', 'https://a.example/?b', 'https://a:b@a.example'])
      expect(named(problemsOf({ PUBLIC_URL: wrong }))).toEqual(['PUBLIC_URL']);
  });

  it('takes an empty variable for an absent one', () => {
    expect(parseConfig({ ...environment, STAGE: '', RETRY_SCHEDULE: '', WEBHOOK_ALLOW_HTTP: '' }).STAGE).toBe('dev');
    expect(named(problemsOf({ TABLE_NAME: '' }))).toEqual(['TABLE_NAME']);
  });

  it('requires the secrets that are named to it, and by default those that the environment has a place for', () => {
    const { CURSOR_SECRET: _, WEBHOOK_SECRETS: __, ...bare } = { ...environment, EMAIL_TRANSPORT: 'smtp' };
    const problems = (env: Record<string, string>, needs?: SecretName[]) => {
      try {
        return void parseConfig(env, { ...(needs && { needs }) });
      } catch (error) {
        return named((error as Error).message);
      }
    };
    expect(problems(bare)).toBeUndefined();
    expect(problems({ ...bare, CURSOR_SECRET: '' })).toEqual(['CURSOR_SECRET']);
    expect(problems({ ...bare, WEBHOOK_SECRETS: '', SMTP_URL: '' })).toEqual(['SMTP_URL', 'WEBHOOK_SECRETS']);
    expect(problems(bare, ['CURSOR_SECRET'])).toEqual(['CURSOR_SECRET']);
    expect(problems(bare, ['WEBHOOK_SECRETS', 'SMTP_URL'])).toEqual(['SMTP_URL', 'WEBHOOK_SECRETS']);
    expect(problems({ ...bare, WEBHOOK_SECRETS: 'whsec_short' })).toEqual(['WEBHOOK_SECRETS']);
  });

  it('says which secret a process lacks that uses one all the same', async () => {
    vi.resetModules(); // the environment is read once a process
    const { required } = await import('./config.ts');
    vi.stubEnv('CURSOR_SECRET', undefined);
    for (const [name, value] of Object.entries(environment)) if (name !== 'CURSOR_SECRET') vi.stubEnv(name, value);
    expect(required('WEBHOOK_SECRETS')).toEqual([SECRET]);
    expect(() => required('CURSOR_SECRET')).toThrow('CURSOR_SECRET: is required');
    vi.unstubAllEnvs();
  });

  it('keeps every secret of a rotation, newest first', () => {
    const older = `whsec_${'B'.repeat(32)}`;
    expect(parseConfig({ ...environment, WEBHOOK_SECRETS: ` ${SECRET}\n ${older} ` }).WEBHOOK_SECRETS).toEqual([
      SECRET,
      older,
    ]);
    expect(named(problemsOf({ WEBHOOK_SECRETS: ' ' }))).toEqual(['WEBHOOK_SECRETS']);
  });

  for (const stage of ['prod', 'production', 'Prod', 'prod-eu']) {
    it(`of the stage ${stage} refuses private and plain http webhooks`, () => {
      const message = problemsOf({ STAGE: stage, WEBHOOK_ALLOW_PRIVATE: 'true', WEBHOOK_ALLOW_HTTP: 'true' });
      expect(named(message)).toEqual(['WEBHOOK_ALLOW_HTTP', 'WEBHOOK_ALLOW_PRIVATE']);
      expect(problemsOf({ STAGE: stage })).toBe('');
    });
  }

  it('bounds the retry schedule', () => {
    expect(named(problemsOf({ RETRY_SCHEDULE: Array(51).fill('1').join(',') }))).toEqual(['RETRY_SCHEDULE']);
    expect(named(problemsOf({ RETRY_SCHEDULE: '0,99999999' }))).toEqual(['RETRY_SCHEDULE']);
  });

  it('cannot make hold + lease longer than the delivery function, nor that than a sixth of the visibility', async () => {
    const most = 19_000;
    expect(parseConfig({ ...environment, CHANNEL_TIMEOUT_MS: String(most) }).CHANNEL_TIMEOUT_MS).toBe(most);
    expect(named(problemsOf({ CHANNEL_TIMEOUT_MS: String(most + 1) }))).toEqual(['CHANNEL_TIMEOUT_MS']);
    const { functions, resources } = await loadServerless({ stage: 'test' });
    const timeoutMs = (functions.notificationsDeliver?.timeout ?? 0) * 1000;
    const visibilityMs = Number(resources.Resources.DeliveryQueue?.Properties?.VisibilityTimeout) * 1000;
    expect(1_000 + most + MARGIN_MS + LEASE_MARGIN_MS).toBeLessThanOrEqual(timeoutMs);
    expect(timeoutMs).toBeLessThanOrEqual(visibilityMs / 6);
  });
});
