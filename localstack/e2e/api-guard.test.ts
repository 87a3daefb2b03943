/** What a deployed stack refuses and `npm start` lets through: private addresses and plain http as webhook targets. */
import { expect, test } from 'vitest';
import { useWorld } from './kit.ts';
import { expectErrors } from './kit-problem.ts';

const world = useWorld({ env: { WEBHOOK_ALLOW_PRIVATE: 'false', WEBHOOK_ALLOW_HTTP: 'false' } });

const create = (webhook_url: string) =>
  world.api('POST', '/api/v1/notifications/', {
    notification_type: 'custom',
    entity_id: 'e',
    send_at: new Date(Date.now() + 86_400_000).toISOString(),
    webhook_url,
  });

test.concurrent.each([
  'http://example.com/hook',
  'https://127.0.0.1/',
  'https://localhost/',
  'https://10.0.0.1/hook',
  'https://192.168.1.1/',
  'https://172.16.0.1/',
  'https://169.254.169.254/latest/meta-data/',
  'https://[::1]/',
  'https://[fd00::1]/',
  'https://[::ffff:10.0.0.1]/',
  'https://[64:ff9b::a00:1]/',
  'https://0x7f000001/',
  'https://2130706433/',
  'https://0177.0.0.1/',
  'https://100.64.0.1/',
  'https://0.0.0.0/',
])('POST /notifications/ 400: %s', async (url) => {
  expectErrors(await create(url), 'validation-failed', ['/webhook_url']);
});

test('a public https address is taken; nothing else was stored', async () => {
  expect((await create('https://example.com/hook')).status).toBe(201);
  expect((await world.api('GET', '/api/v1/notifications/')).body).toHaveLength(1);
});
