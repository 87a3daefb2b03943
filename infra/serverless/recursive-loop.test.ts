import { expect, it } from 'vitest';
import { loadServerless } from '../../lib/runtime/serverless/serverless-yaml.ts';

/**
 * Lambda ends a chain of about 16 invocations that reach each other by SQS. A job that sends itself the next
 * page, and a notification that is retried again and again, are such chains.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
 */
it('every function of a queue may be part of a chain without end', async () => {
  const { functions } = await loadServerless({ stage: 'dev', functionsOnly: true });
  const workers = Object.entries(functions).filter(([, { events }]) => events.some(({ sqs }) => sqs !== undefined));
  expect(workers.length).toBeGreaterThan(0);
  for (const [name, { recursiveLoop }] of workers) expect(recursiveLoop, name).toBe('Allow');
});
