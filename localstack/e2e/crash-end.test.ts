import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startStack } from '../stack.ts';
import { CRASH_ENV, crashUnderLoad } from './crash.ts';
import { useWorld } from './kit.ts';

const world = useWorld({ env: CRASH_ENV });

const portOf = (url: string): number => Number(new URL(url).port);
/** Rejects with EADDRINUSE when somebody still holds it. */
const take = async (port: number): Promise<void> => {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
};

test('SIGTERM under load ends within 10 s with exit code 0 and free ports; nothing is lost, and nothing sent twice', {
  timeout: 120_000,
}, async () => {
  const { dataDir, secrets } = world;
  const ports = { port: portOf(world.stack.apiUrl), awsPort: portOf(world.stack.awsUrl) };
  const loaded = crashUnderLoad(world, { notifications: 200, events: 50, perSecond: 50, kills: [] });
  await sleep(2_500);
  const before = performance.now();
  expect(await world.stack.stop()).toBe(0);
  expect(performance.now() - before).toBeLessThan(10_000);
  await Promise.all([take(ports.port), take(ports.awsPort)]);
  const again = await startStack({ dataDir, ...ports, env: { WEBHOOK_SECRETS: secrets.join(' '), ...CRASH_ENV } });
  const outcome = await loaded.finally(() => again.stop());
  expect(outcome).toMatchObject({ sent: 250, broken: [], duplicates: {} });
});
