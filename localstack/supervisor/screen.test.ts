import { afterEach, expect, it, vi } from 'vitest';
import { readableDuration, showAddresses } from './screen.ts';
import { readSettings } from './settings.ts';

afterEach(() => vi.restoreAllMocks());

const screen = (aheadMs: number, env: NodeJS.ProcessEnv = {}): string => {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  showAddresses(readSettings(env), aheadMs, 1_000);
  return write.mock.calls.map(([text]) => text).join('');
};

it('the screen says how far the virtual clock is ahead, and how to set it back', () => {
  expect(screen(7 * 86_400_000 + 7_200_000)).toMatch(
    /clock is 7 days 2 hours ahead.*\n.*npm run reset removes all data/,
  );
});

it('the screen does not mention a clock that shows real time', () => {
  expect(screen(0)).not.toMatch(/ahead|reset/);
});

it.each([
  [{}, 'us-east-1'],
  [{ AWS_REGION: 'eu-west-1' }, 'eu-west-1'],
])('the screen says that there is one region, with %j %s', (env, region) => {
  expect(screen(0, env)).toMatch(`one region, ${region}, which every other means too`);
});

it.each([
  [400, '1 second'],
  [90_000, '1 minute 30 seconds'],
  [7 * 86_400_000, '7 days'],
  [26 * 3_600_000 + 5_000, '1 day 2 hours'],
])('%d ms is shown as %s', (ms, text) => expect(readableDuration(ms)).toBe(text));
