import { expect } from 'vitest';
import { catalogue, type ErrorCode } from '../../../lib/errors.ts';
import { withoutIds } from './expect.ts';
import type { Answer } from './test-stack.ts';

export interface ProblemBody {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  code: string;
  errors?: { pointer: string; detail: string }[];
}

/** What would betray the inside: stack frames, file names, the parts it is built from. */
const INTERNALS = /\bat \S+:\d+|node_modules|\.ts\b|dynamo|sqs|zod|aws|Error:/i;

/** RFC 9457 as the catalogue has it, to the letter: no member missing, none too many but `extra`. Answers the body. */
export const expectProblem = (answer: Answer<unknown>, code: ErrorCode, extra: readonly string[] = []): ProblemBody => {
  const problem = answer.body as ProblemBody;
  expect(problem, answer.text).toMatchObject({
    type: `urn:problem-type:event-notification-service:${code}`,
    ...catalogue[code],
    code,
    instance: `urn:uuid:${answer.headers.get('x-request-id')}`,
  });
  expect(answer.status).toBe(catalogue[code].status);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(problem.detail).toMatch(/^\S.+/);
  expect(withoutIds(answer.text)).not.toMatch(INTERNALS);
  const known = [
    'type',
    'title',
    'status',
    'detail',
    'instance',
    'code',
    ...(problem.errors ? ['errors'] : []),
    ...extra,
  ];
  expect(Object.keys(problem).sort()).toEqual(known.sort());
  for (const error of problem.errors ?? []) {
    expect(Object.keys(error)).toEqual(['pointer', 'detail']);
    expect(error.pointer).toMatch(/^(\/([^~]|~[01])*)?$/);
  }
  return problem;
};

/** As {@link expectProblem}, and exactly these pointers are complained about. */
export const expectErrors = (answer: Answer<unknown>, code: ErrorCode, pointers: readonly string[]): ProblemBody => {
  const problem = expectProblem(answer, code);
  expect(problem.errors?.map(({ pointer }) => pointer)).toEqual(pointers);
  return problem;
};
