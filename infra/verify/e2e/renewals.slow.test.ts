import { expect, it } from 'vitest';
import { runRenewals } from '../../examples/renewals.ts';
import { useTestStack } from '../kit/vitest.ts';

const stack = useTestStack();

it('reminds 200 customers in six time zones, each at 09:00 of their own day, moved and canceled ones too', async () => {
  const printed: string[] = [];
  const env = { PORT: new URL(stack.processes.apiUrl).port, LOCAL_AWS_PORT: new URL(stack.processes.awsUrl).port };
  const result = await runRenewals(env, (text) => printed.push(text));
  expect(result).toEqual({ expected: 360, arrived: 360, wrong: [] });
  expect(printed.join('')).toMatch(
    / 400 {2}reminders created\n.* 40 {2}moved\n.* 40 {2}canceled\n.* calls of the API/s,
  );
}, 400_000);
