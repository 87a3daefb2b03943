/** What a caller may rely on, and the sentence that says how an answer breaks it. */
import type { Answer } from './client.ts';
import { excerpt } from './excerpt.ts';
import { isProblem, problemFaults } from './problem.ts';

/** The service answered, and not as it should. */
export class Wrong extends Error {}

/** The most likely cause of a status other than the expected one, for the person who runs this. */
const hintFor = (answer: Answer<unknown>): string => {
  const { status, headers } = answer;
  if (status === 401) return 'the service asks for a key, or does not accept this one: --key';
  if (status === 403) return 'the key does not hold the scope, or something in front refuses';
  if (status === 429) return `too many requests; try again in ${headers.get('retry-after') ?? 'some'} s`;
  if (status >= 300 && status < 400) return `it redirects to ${headers.get('location')}; give that URL`;
  if (status === 404 && !isProblem(answer))
    return 'something else answers there: is the base right, or --host missing?';
  if (status === 502 || status === 504) return 'a gateway in front of the service reaches nothing behind it';
  if (status === 503 && !isProblem(answer)) return 'a gateway answers, and the service behind it is not ready';
  return '';
};

/** @param what was asked, for the message */
export const expectStatus = (answer: Answer<unknown>, wanted: number, what = 'status'): void => {
  if (answer.status === wanted) return;
  const hint = hintFor(answer);
  const got = `${what}: ${answer.status} instead of ${wanted}`;
  throw new Wrong(`${got}${hint && `: ${hint}`}; the answer was: ${excerpt(answer.text)}`);
};

export const expectThat = (holds: boolean, sentence: string, answer?: Answer<unknown>): void => {
  if (!holds) throw new Wrong(answer ? `${sentence}; the answer was: ${excerpt(answer.text)}` : sentence);
};

/** RFC 9457 with this code. */
export const expectProblem = (answer: Answer<unknown>, status: number, code: string): void => {
  expectStatus(answer, status);
  const [fault] = problemFaults(answer, { status, code });
  if (fault !== undefined) throw new Wrong(fault);
};
