import { deepEqual, equal, ok } from 'node:assert/strict';
import type { Answer } from '../kit/client.ts';
import { excerpt, withoutIds } from '../kit/expect.ts';
import { CODES, type Code } from './shapes.ts';

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  code: string;
  errors?: { pointer: string; detail: string }[];
  notification_status?: string;
  channels?: Record<string, unknown>;
}

/** What would betray the inside: stack frames, file names, the parts it is built from. */
const INTERNALS = /\bat \S+:\d+|node_modules|\.[mc]?[jt]s\b|dynamo|sqs|zod|aws|Error:/i;

const MEMBERS = ['type', 'title', 'status', 'detail', 'instance', 'code'] as const;
const EXTENSIONS = ['errors', 'notification_status', 'channels'];

export const expectStatus = (answer: Answer<unknown>, wanted: number, what = 'status'): void =>
  ok(answer.status === wanted, `${what}: ${answer.status} instead of ${wanted}: ${excerpt(answer.text)}`);

/** The path of a URL of the API, as targets that are reached under another name need it. */
export const pathOf = (url: string | null | undefined): string => {
  const text = url ?? '';
  ok(/^https?:\/\/[^<>\s]+$/.test(text), `${text || 'nothing'} is no absolute URL`);
  return text.slice(text.indexOf('/api/v1/')).replace(/\/$/, '');
};

/** A problem document of the closed catalogue, complete, and without a word of the inside. `pointers`: exactly these. */
export const expectProblem = (answer: Answer<unknown>, code: Code, pointers?: readonly string[]): Problem => {
  const said = excerpt(answer.text);
  equal(answer.status, CODES[code], `${answer.status} instead of ${CODES[code]} ${code}: ${said}`);
  equal(answer.headers.get('content-type')?.split(';')[0], 'application/problem+json', `content-type of ${said}`);
  const problem = answer.body as Problem;
  equal(problem.code, code, `code ${problem.code} instead of ${code}: ${said}`);
  equal(problem.status, answer.status, `status in the body: ${said}`);
  for (const member of MEMBERS) ok(problem[member] !== undefined && problem[member] !== '', `no ${member}: ${said}`);
  const strange = Object.keys(problem).filter((key) => ![...MEMBERS, ...EXTENSIONS].includes(key));
  deepEqual(strange, [], `members that nobody announced: ${said}`);
  ok(!INTERNALS.test(withoutIds(answer.text)), `it tells of the inside: ${said}`);
  for (const { pointer } of problem.errors ?? []) ok(/^(\/([^~]|~[01])*)?$/.test(pointer), `no pointer: ${pointer}`);
  if (pointers)
    deepEqual(
      problem.errors?.map(({ pointer }) => pointer),
      pointers,
      `errors of ${said}`,
    );
  return problem;
};
