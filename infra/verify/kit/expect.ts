/** What a caller may rely on, and the sentence that says how an answer breaks it. */
import type { Answer } from './client.ts';

/** The service answered, and not as it should. */
export class Wrong extends Error {}

const EXCERPT = 200;

export const excerpt = (text: string): string => {
  const line = text.replace(/\s+/g, ' ').trim();
  if (line === '') return 'nothing';
  return line.length > EXCERPT ? `${line.slice(0, EXCERPT)}…` : line;
};

const isProblem = ({ headers }: Answer<unknown>): boolean =>
  headers.get('content-type')?.split(';')[0] === 'application/problem+json';

/** What a status other than the expected one most likely means for whoever runs this. */
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

export const expectStatus = (answer: Answer<unknown>, ...wanted: number[]): void => {
  if (wanted.includes(answer.status)) return;
  const hint = hintFor(answer);
  const got = `${answer.status} instead of ${wanted.join(' or ')}`;
  throw new Wrong(`${got}${hint && `: ${hint}`}; the answer was: ${excerpt(answer.text)}`);
};

export const expectThat = (holds: boolean, sentence: string, answer?: Answer<unknown>): void => {
  if (!holds) throw new Wrong(answer ? `${sentence}; the answer was: ${excerpt(answer.text)}` : sentence);
};

/** RFC 9457 with this code. */
export const expectProblem = (answer: Answer<unknown>, status: number, code: string): void => {
  expectStatus(answer, status);
  expectThat(
    isProblem(answer),
    `content-type is ${answer.headers.get('content-type')}, not a problem document`,
    answer,
  );
  const body = answer.body as Record<string, unknown> | undefined;
  expectThat(body?.code === code, `code is ${String(body?.code)} instead of ${code}`, answer);
  for (const name of ['type', 'title', 'detail']) {
    expectThat(typeof body?.[name] === 'string', `the problem document has no ${name}`, answer);
  }
  expectThat(body?.status === status, `status in the body is ${String(body?.status)}, not ${status}`, answer);
};

/** Made up by chance: one may well have sqs in it. */
export const ID = /\b[a-z]{3}_[0-9a-z]{26}\b/g;

export const withoutIds = (text: string): string => text.replaceAll(ID, '');
