/** For tests that vitest runs. */
import { afterAll, beforeAll, expect } from 'vitest';
import { catalogue, type ErrorCode } from '../../../lib/errors.ts';
import type { Answer } from './client.ts';
import { type ProblemBody, problemFaults } from './problem.ts';
import { startTestStack, type TestStack, type TestStackOptions } from './test-stack.ts';

/** A stack for the tests of one file: started before them, ended after them even when they fail. */
export const useTestStack = (options: TestStackOptions = {}): TestStack => {
  const stack = {} as TestStack;
  let opened: TestStack | undefined;
  beforeAll(async () => {
    opened = await startTestStack(options);
    // By getter: `restart` replaces the processes.
    Object.assign(stack, opened);
    Object.defineProperty(stack, 'processes', { get: () => opened?.processes, configurable: true });
  });
  afterAll(() => opened?.close());
  return stack;
};

/**
 * RFC 9457 exactly as the catalogue has it, with no member missing and none besides `extra`.
 * Answers the body.
 */
export const expectProblem = (answer: Answer<unknown>, code: ErrorCode, extra: readonly string[] = []): ProblemBody => {
  const { status } = catalogue[code];
  expect(problemFaults(answer, { status, code, extensions: extra.filter((name) => name !== 'errors') })).toEqual([]);
  const problem = answer.body as ProblemBody;
  expect(problem, answer.text).toMatchObject({
    type: `urn:problem-type:event-notification-service:${code}`,
    ...catalogue[code],
    instance: `urn:uuid:${answer.headers.get('x-request-id')}`,
  });
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(problem.detail).toMatch(/^\S.+/);
  if (extra.includes('errors')) expect(problem.errors).toBeDefined();
  for (const error of problem.errors ?? []) expect(Object.keys(error)).toEqual(['pointer', 'detail']);
  return problem;
};

/** As {@link expectProblem}, with exactly these pointers. */
export const expectErrors = (answer: Answer<unknown>, code: ErrorCode, pointers: readonly string[]): ProblemBody => {
  const problem = expectProblem(answer, code);
  expect(problem.errors?.map(({ pointer }) => pointer)).toEqual(pointers);
  return problem;
};
