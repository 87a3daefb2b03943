import { expect, test } from 'vitest';
import { floodTogether, tenantsBy, withIssuer } from './fair.ts';
import { withWorld } from './races-load.ts';

test('a tenant with 400 due at once and a slow receiver does not hold up another with 20', {
  timeout: 150_000,
}, async () => {
  const quiet = { tenant: 'quiet', count: 20, answersAfterMs: 0 };
  const noisy = { tenant: 'noisy', count: 400, answersAfterMs: 500 };
  const { beside, noise } = await withIssuer((issuer) =>
    withWorld({ env: tenantsBy(issuer) }, async (world) => {
      await floodTogether(world, issuer, [{ ...quiet, tenant: 'warm-up', count: 50 }]);
      const [noise = [], beside = []] = await floodTogether(world, issuer, [noisy, quiet]);
      return { beside: Math.max(...beside), noise: Math.max(...noise) };
    }),
  );
  // In the order of arrival the last of the quiet one's would be the last of all.
  expect(beside).toBeLessThan(noise / 3);
});
