import { deepEqual, ok } from 'node:assert/strict';
import type { Answer } from '../kit/client.ts';
import { excerpt } from '../kit/excerpt.ts';
import { expectProblem as expectProblemOf } from '../kit/expect.ts';
import type { ProblemBody } from '../kit/problem.ts';
import { CODES, type Code } from './shapes.ts';

export { expectStatus } from '../kit/expect.ts';

/** The path of a URL of the API, as targets that are reached under another name need it. */
export const pathOf = (url: string | null | undefined): string => {
  const text = url ?? '';
  ok(/^https?:\/\/[^<>\s]+$/.test(text), `${text || 'nothing'} is no absolute URL`);
  return text.slice(text.indexOf('/api/v1/')).replace(/\/$/, '');
};

/** A problem document of the closed catalogue, complete and without internals. `pointers`: exactly these. */
export const expectProblem = (answer: Answer<unknown>, code: Code, pointers?: readonly string[]): ProblemBody => {
  expectProblemOf(answer, CODES[code], code);
  const problem = answer.body as ProblemBody;
  const given = problem.errors?.map(({ pointer }) => pointer);
  if (pointers) deepEqual(given, pointers, `errors of ${excerpt(answer.text)}`);
  return problem;
};
