import { expect, it } from 'vitest';
import { runRenewals } from '../../examples/renewals.ts';
import { useTestStack } from '../kit/vitest.ts';

const stack = useTestStack();

it('reminds 200 customers in six time zones, each at 09:00 of their own day, moved and canceled ones too, by 100 calls', async () => {
  const printed: string[] = [];
  const env = { PORT: new URL(stack.processes.apiUrl).port, LOCAL_AWS_PORT: new URL(stack.processes.awsUrl).port };
  const result = await runRenewals(env, (text) => printed.push(text));
  expect(result).toEqual({ expected: 360, arrived: 360, wrong: [], calls: expect.any(Number) });
  expect(result.calls).toBeLessThanOrEqual(100);
  expect(printed.join('')).toMatch(
    / 400 {2}reminders created.* 20 {2}customers move .* 20 {2}customers leave\n.* 360 {2}reminders are open\n.* calls of the API/s,
  );
}, 400_000);
