import { expect, test } from 'vitest';
import { shutDownUnderLoad } from './shutdown.ts';

test('SIGTERM under load: it says that it is not ready, answers on until it is left, finishes, and nothing is lost or doubled', {
  timeout: 1_200_000,
}, async () => {
  const ended = await shutDownUnderLoad({ count: 240, perSecond: 60 });
  const { exitCode, tookMs, probes, asked, accepted, failed, broken, delayed } = ended;
  expect(failed).toEqual([]);
  expect(accepted).toBe(asked);
  expect(broken).toEqual([]);
  expect(delayed).toEqual([]);
  expect(exitCode).toBe(0);
  expect(tookMs).toBeLessThan(20_000);
  const open = probes.filter(({ ready, live }) => ready !== undefined && live !== undefined);
  expect(open.length).toBeGreaterThan(0);
  for (const { ready, live } of open.slice(1)) expect([ready, live]).toEqual([503, 200]);
  expect(probes.at(-1)).toMatchObject({ ready: undefined, live: undefined });
});
