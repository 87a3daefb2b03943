/** Problem documents (RFC 9457) as the API promises them. */
import type { Answer } from './client.ts';
import { excerpt } from './excerpt.ts';

export interface ProblemBody {
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

/** What would betray internals: stack frames, file names, the parts the service is built from. */
const INTERNALS = /\bat \S+:\d+|node_modules|\.[mc]?[jt]s\b|dynamo|sqs|zod|aws|Error:/i;
/** Ids are random: one may have sqs in it. */
export const ID = /\b[a-z]{3}_[0-9a-z]{26}\b/g;

const MEMBERS = ['type', 'title', 'status', 'detail', 'instance', 'code'] as const;
const EXTENSIONS = ['errors', 'notification_status', 'channels', 'job_status'];
const POINTER = /^(\/([^~]|~[01])*)?$/;

interface ExpectedProblem {
  status: number;
  code: string;
  /**
   * Members besides the standard ones and `errors` that it must have, and no others. Default: those
   * of the catalogue, all optional.
   */
  extensions?: readonly string[];
}

export const isProblem = ({ headers }: Answer<unknown>): boolean =>
  headers.get('content-type')?.split(';')[0] === 'application/problem+json';

/**
 * What is wrong with an answer that should be this problem document, in a sentence each; empty when
 * nothing is.
 */
export const problemFaults = (
  answer: Answer<unknown>,
  { status, code, extensions }: ExpectedProblem,
): [string, ...string[]] | [] => {
  const problem = (answer.body ?? {}) as Partial<ProblemBody> & Record<string, unknown>;
  const allowed = [...MEMBERS, ...(extensions === undefined ? EXTENSIONS : ['errors', ...extensions])];
  const laws: [boolean, string][] = [
    [answer.status === status, `${answer.status} instead of ${status} ${code}`],
    [isProblem(answer), `content-type is ${answer.headers.get('content-type')}, not a problem document`],
    [problem.code === code, `code is ${problem.code} instead of ${code}`],
    [problem.status === answer.status, `status in the body is ${problem.status}, not ${answer.status}`],
    ...[...MEMBERS, ...(extensions ?? [])].map((name): [boolean, string] => [
      problem[name] !== undefined && problem[name] !== '',
      `the problem document has no ${name}`,
    ]),
    ...Object.keys(problem).map((name): [boolean, string] => [allowed.includes(name), `${name} is not documented`]),
    [!INTERNALS.test(answer.text.replaceAll(ID, '')), 'the answer shows internals'],
    ...(problem.errors ?? []).map(({ pointer }): [boolean, string] => [
      POINTER.test(pointer),
      `${pointer} is not a JSON pointer`,
    ]),
  ];
  const faults = laws
    .filter(([holds]) => !holds)
    .map(([, fault]) => `${fault}; the answer was: ${excerpt(answer.text)}`);
  return faults as [];
};
