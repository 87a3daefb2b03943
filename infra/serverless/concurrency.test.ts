import { describe, expect, it } from 'vitest';
import { loadServerless } from '../../lib/runtime/serverless/serverless-yaml.ts';
import { concurrencyProblems, limitConcurrency } from './concurrency.ts';

interface Limits {
  maximum: number | undefined;
  reserved: number | undefined;
}

const { functions: declared } = await loadServerless({ stage: 'dev', functionsOnly: true });

/** Of every worker, and of one function of the API. */
const limitsOf = (stage: string, env: Record<string, string> = {}): Record<string, Limits> => {
  const functions = structuredClone(declared) as Parameters<typeof limitConcurrency>[0];
  limitConcurrency(functions, stage, env);
  return Object.fromEntries(
    Object.entries(functions)
      .map(([name, { events, reservedConcurrency: reserved }]): [string, Limits] => [
        name,
        { maximum: events[0]?.sqs?.maximumConcurrency, reserved },
      ])
      .filter(([name, { maximum }]) => maximum !== undefined || name === 'eventsPublish'),
  );
};
const sum = (numbers: (number | undefined)[]): number => numbers.reduce<number>((total, one) => total + (one ?? 0), 0);

describe('concurrent executions', () => {
  it('are reserved for each worker of a prod stage if the account is known, up to its maximum, and for no function of the API', () => {
    const { eventsPublish, ...workers } = limitsOf('prod', { LAMBDA_CONCURRENCY: '1000' });
    expect(eventsPublish).toEqual({ maximum: undefined, reserved: undefined });
    expect(workers.notificationsDeliver).toEqual({ maximum: 100, reserved: 100 });
    expect(Object.keys(workers)).toHaveLength(6);
    for (const { maximum, reserved } of Object.values(workers)) expect(reserved).toBe(maximum);
    expect(sum(Object.values(workers).map(({ reserved }) => reserved))).toBe(146);
  });

  it('are not reserved in an unknown account: a deployment to a new one, which has 10, would fail', () => {
    expect(limitsOf('prod').notificationsDeliver).toEqual({ maximum: 100, reserved: undefined });
  });

  it('are not reserved in other stages, of which an account has many, unless LAMBDA_RESERVED is on', () => {
    expect(limitsOf('dev').notificationsDeliver).toEqual({ maximum: 100, reserved: undefined });
    expect(limitsOf('dev', { LAMBDA_RESERVED: 'on' }).notificationsDeliver?.reserved).toBe(100);
    expect(
      limitsOf('prod', { LAMBDA_CONCURRENCY: '1000', LAMBDA_RESERVED: 'off' }).notificationsDeliver?.reserved,
    ).toBeUndefined();
  });

  it('are shared in a small account, which keeps the 100 that Lambda wants unreserved', () => {
    const workers = limitsOf('prod', { LAMBDA_CONCURRENCY: '500' });
    expect(workers.notificationsDeliver).toEqual({ maximum: 50, reserved: 50 });
    expect(workers.notificationsSchedule).toEqual({ maximum: 10, reserved: 10 });
    expect(sum(Object.values(workers).map(({ reserved }) => reserved))).toBeLessThanOrEqual(400);
  });

  it('are not reserved in a new account, which has 10; each worker has at most 2', () => {
    const { eventsPublish: _, ...workers } = limitsOf('prod', { LAMBDA_CONCURRENCY: '10' });
    for (const limits of Object.values(workers)) expect(limits).toEqual({ maximum: 2, reserved: undefined });
  });

  it.each<{ env: Record<string, string>; says: RegExp }>([
    { env: { LAMBDA_CONCURRENCY: 'many' }, says: /^LAMBDA_CONCURRENCY must be/ },
    { env: { LAMBDA_CONCURRENCY: '0' }, says: /^LAMBDA_CONCURRENCY must be/ },
    { env: { LAMBDA_CONCURRENCY: '10', LAMBDA_RESERVED: 'on' }, says: /of 10 concurrent executions too few are left/ },
  ])('refuses $env', ({ env, says }) => {
    expect(concurrencyProblems(declared as never, env)).toEqual([expect.stringMatching(says)]);
  });
});
