import { expect, test } from 'vitest';
import { withTestStack } from '../kit/test-stack.ts';
import { floodTogether, tenantsBy, withIssuer } from './fair.ts';

test('a tenant with 400 due at once and a slow receiver does not hold up another with 20', {
  timeout: 400_000,
}, async () => {
  const quiet = { tenant: 'quiet', count: 20, answersAfterMs: 0 };
  const noisy = { tenant: 'noisy', count: 400, answersAfterMs: 500 };
  const arrived = await withIssuer((issuer) =>
    withTestStack({ env: tenantsBy(issuer) }, async (stack) => {
      await floodTogether(stack, issuer, [{ ...quiet, tenant: 'warm-up', count: 50 }]);
      return floodTogether(stack, issuer, [noisy, quiet]);
    }),
  );
  const before = arrived.slice(0, arrived.lastIndexOf(quiet.tenant)).filter((tenant) => tenant === noisy.tenant);
  // In the order of the queue about half of them would be: the bulkhead of their receiver holds
  // back the rest.
  expect(before.length).toBeLessThan(noisy.count / 3);
});
