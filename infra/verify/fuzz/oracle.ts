/** What must hold of every answer, whatever was sent. */
import { catalogue, type ErrorCode } from '../../../lib/errors.ts';
import type { Answer } from '../kit/client.ts';
import { makeJudge, type OpenApiDocument } from '../kit/openapi-conformance.ts';
import { POLLUTION } from './hostile.ts';
import { judgeKept } from './kept.ts';
import { exchangeOf, type FuzzRequest, headersOf, TIMEOUT_MS } from './request.ts';

/**
 * What would betray the inside: frames, files, tables, names of the SDK's errors and of the parts
 * it is built from.
 */
const INTERNALS =
  /\bat \S+:\d+|node_modules|\/(?:work|home|root|usr|var|app)\/|file:\/\/\/(?!etc)|\.(?:ts|mjs|js):\d|dynamo|\bsqs\b|\bzod\b|\baws\b|arn:|Error:|[a-z]Exception\b|ConditionalCheck|ECONN|\$metadata|undefined|\[object /i;

interface FieldError {
  pointer: string;
  detail: string;
}
interface Problem {
  code?: string;
  status?: number;
  type?: string;
  errors?: FieldError[];
}

const unescaped = (part: string): string => part.replaceAll('~1', '/').replaceAll('~0', '~');

/** Whether the pointer's holder is there: the member itself may be the one that is missing. */
const holds = (root: unknown, pointer: string): boolean => {
  if (pointer === '') return true;
  const parts = pointer.split('/').slice(1).map(unescaped);
  let holder = root;
  for (const part of parts.slice(0, -1)) {
    if (typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, part)) return false;
    holder = (holder as Record<string, unknown>)[part];
  }
  return typeof holder === 'object' && holder !== null;
};

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
};

const queryNames = ({ path }: FuzzRequest): string[] =>
  (path.split('?').slice(1).join('?') || '').split('&').map((pair) => decoded(pair.split('=')[0] ?? ''));

const bodyOf = ({ body }: FuzzRequest): unknown => {
  try {
    return JSON.parse(String(body).replace(/^\uFEFF/, ''));
  } catch {
    return undefined; // Then no pointer may lead into it.
  }
};

/** Names that a required header or parameter may have although it was not sent. */
const REQUIRED_HEADER = /^ce-(specversion|id|source|type)$/;

/** RFC 6901 pointers lead into what was sent, or name what is missing from it. */
const leadsSomewhere = (request: FuzzRequest, body: unknown, pointer: string): boolean => {
  const [, place, ...rest] = pointer.split('/');
  const name = unescaped(rest.join('/'));
  if (place === 'path' && rest.length === 0) return true;
  if (place === 'query' && rest.length > 0 && queryNames(request).includes(name)) return true;
  if (place === 'header') {
    if (rest.length === 0 || REQUIRED_HEADER.test(name)) return true;
    if (headersOf(request).some(([header]) => header.toLowerCase() === name)) return true;
  }
  return body !== undefined ? holds(body, pointer) : pointer === '';
};

/** Of a refusal. */
const ANSWER_MAX = 200_000;

const UNAVAILABLE_IS_AN_ANSWER = /^\/health(\/ready)?\/?(\?|$)/;

const judgeProblem = (request: FuzzRequest, { status, headers, text }: Answer<unknown>): string[] => {
  if (headers.get('content-type') !== 'application/problem+json')
    return [`${status} is ${headers.get('content-type')}, no problem document`];
  const problem = JSON.parse(text) as Problem;
  const known = catalogue[problem.code as ErrorCode];
  const wrong = known?.status === status && problem.status === status ? [] : [`code ${problem.code} at ${status}`];
  const body = problem.errors ? bodyOf(request) : undefined;
  const lost = (problem.errors ?? []).filter(({ pointer }) => !leadsSomewhere(request, body, pointer));
  const unsaid =
    problem.code === 'validation-failed' && !problem.errors?.length ? ['validation-failed without errors'] : [];
  return [...wrong, ...unsaid, ...lost.map(({ pointer }) => `pointer ${JSON.stringify(pointer)} leads nowhere`)];
};

/** What the answer says beyond what was said in the request. */
const judgeText = (
  request: FuzzRequest,
  { status, text, headers }: Answer<unknown>,
  secrets: readonly string[],
): string[] => {
  const shown = [...headers.values(), text].join('\n');
  const sent = `${request.path}\n${String(request.body)}\n${JSON.stringify(request.headers)}`;
  const internal = status >= 400 ? INTERNALS.exec(text)?.[0] : undefined;
  return [
    ...(internal !== undefined && !sent.toLowerCase().includes(internal.toLowerCase()) ? [`says "${internal}"`] : []),
    ...secrets.filter((secret) => shown.includes(secret)).map((secret) => `says ${secret}`),
    ...(shown.includes(POLLUTION) && !sent.includes(POLLUTION) ? ['a prototype is polluted'] : []),
    ...(headers.has('x-powered-by') || headers.has('server') ? ['says what it runs on'] : []),
    ...(headers.has('x-injected') ? ['a header was injected'] : []),
  ];
};

interface OracleOptions {
  document: OpenApiDocument;
  /** Texts that never leave: folders, names of tables, keys. */
  secrets: readonly string[];
}

/** @returns what is wrong with the answer; nothing when all is well */
export const makeOracle = ({ document, secrets }: OracleOptions) => {
  const judge = makeJudge(document);
  return (request: FuzzRequest, answer: Answer<unknown>): string[] => {
    const { status, durationMs, text } = answer;
    const expected503 = status === 503 && UNAVAILABLE_IS_AN_ANSWER.test(request.path);
    const bodiless = request.method === 'HEAD' || status === 204 || status === 304;
    return [
      ...(status >= 500 && !expected503 ? [`${status}`] : []),
      ...(text.length > ANSWER_MAX && status >= 400 ? [`says no in ${text.length} characters`] : []),
      ...(durationMs > TIMEOUT_MS ? [`took ${Math.round(durationMs)} ms`] : []),
      ...(bodiless ? [] : judge(exchangeOf(request, answer))),
      ...(status >= 400 && !bodiless && !expected503 ? judgeProblem(request, answer) : []),
      ...judgeKept(request, answer),
      ...judgeText(request, answer, secrets),
    ];
  };
};

export type Oracle = ReturnType<typeof makeOracle>;
