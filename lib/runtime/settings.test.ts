import { expect, test } from 'vitest';
import { tokenOf } from '../auth/api-keys/token.ts';
import { readSettings } from './settings.ts';

test('what is not set, or empty, has its default', () => {
  expect(readSettings({ PORT: '', GRACE_SECONDS: '' })).toEqual({
    problems: [],
    settings: {
      roles: ['api', 'worker'],
      port: 3000,
      host: '0.0.0.0',
      metricsPort: undefined,
      graceMs: 25_000,
      drainMs: 5_000,
      requestsMax: undefined,
      firstKey: undefined,
    },
  });
});

test('what is set is taken', () => {
  const environment = {
    ROLE: 'worker',
    PORT: '80',
    HOST: '::1',
    METRICS_PORT: '81',
    GRACE_SECONDS: '9',
    DRAIN_SECONDS: '0',
  };
  expect(readSettings({ ...environment, REQUESTS_MAX: '7' }).settings).toEqual({
    roles: ['worker'],
    port: 80,
    host: '::1',
    metricsPort: 81,
    graceMs: 9_000,
    drainMs: 0,
    requestsMax: 7,
    firstKey: undefined,
  });
});

test('a first key is taken apart where keys are asked for, and never repeated when it is none', () => {
  const id = `key_${'0'.repeat(26)}`;
  const secret = 'a'.repeat(43);
  const FIRST_KEY = tokenOf({ id, secret });
  expect(readSettings({ FIRST_KEY }).settings?.firstKey).toEqual({ id, secret });
  expect(readSettings({ FIRST_KEY, AUTH_MODE: 'jwt' }).problems).toEqual([
    '  FIRST_KEY: must not be set when AUTH_MODE is jwt, which takes no keys',
  ]);
  expect(readSettings({ FIRST_KEY: `${FIRST_KEY}x` }).problems).toEqual([
    '  FIRST_KEY: must be a token as `npm run keys -- token` prints it',
  ]);
});

test.each([
  ['ROLE', 'both', 'must be one of api, worker, all, emulator, not "both"'],
  ['PORT', '0', 'must be a whole number from 1 to 65535, not "0"'],
  ['PORT', '65536', 'must be a whole number from 1 to 65535, not "65536"'],
  ['PORT', '0x50', 'must be a whole number from 1 to 65535, not "0x50"'],
  ['PORT', '3e3', 'must be a whole number from 1 to 65535, not "3e3"'],
  ['PORT', ' 80', 'must be a whole number from 1 to 65535, not " 80"'],
  ['HOST', 'localhost', 'must be an IP address, not "localhost"'],
  ['METRICS_PORT', 'yes', 'must be a whole number from 1 to 65535, not "yes"'],
  ['METRICS_PORT', '3000', 'must not be the same as PORT'],
  ['GRACE_SECONDS', '-1', 'must be a whole number from 1 to 3600, not "-1"'],
  ['DRAIN_SECONDS', '26', 'must not be more than GRACE_SECONDS, of which it is a part'],
  ['REQUESTS_MAX', '1.5', 'must be a whole number from 1 to 100000, not "1.5"'],
])('%s=%s is refused by its rule', (name, value, rule) => {
  expect(readSettings({ [name]: value }, ['emulator'])).toEqual({ problems: [`  ${name}: ${rule}`] });
});

test('without authentication, the address to listen on must be given; any given one is taken', () => {
  expect(readSettings({ AUTH_MODE: 'none' }).problems).toEqual([
    '  HOST: must be set when AUTH_MODE is none: 127.0.0.1, or another address to serve all who reach it',
  ]);
  for (const HOST of ['127.0.0.1', '0.0.0.0']) {
    expect(readSettings({ AUTH_MODE: 'none', HOST }).settings).toMatchObject({ host: HOST });
  }
});

test('all problems come at once', () => {
  const { problems } = readSettings({ ROLE: 'x', PORT: 'x', GRACE_SECONDS: 'x', REQUESTS_MAX: 'x' });
  expect(problems.map((problem) => problem.split(':')[0]?.trim())).toEqual(
    expect.arrayContaining(['ROLE', 'PORT', 'GRACE_SECONDS', 'REQUESTS_MAX']),
  );
});
