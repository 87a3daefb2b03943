import { type Answer, answerIfAny, request } from '../kit/client.ts';
import { until } from '../kit/until.ts';

/** Longer than any function of the API may take. */
export const TIMEOUT_MS = 12_000;
/** Longer than a storm lasts, and the processes need to start again. */
const INSIST = { deadlineMs: 120_000, everyMs: 300 };

/** Undefined when the connection failed, broke off, or stayed silent: then what was done is unknown. */
export const ask = <T = Record<string, unknown>>(
  url: string,
  method: string,
  body?: object,
  headers?: Record<string, string>,
): Promise<Answer<T> | undefined> => answerIfAny(request<T>(url, method, body, headers, TIMEOUT_MS));

/** Repeats what may be repeated until it is answered; throws unless the status is `expected`. */
export const insist = async <T = Record<string, unknown>>(
  url: string,
  method: string,
  { expected = 200, body, headers }: { expected?: number; body?: object; headers?: Record<string, string> } = {},
): Promise<T> => {
  const answered = async (): Promise<Answer<T> | undefined> => {
    const reply = await ask<T>(url, method, body, headers);
    return reply?.status === 503 || reply?.status === 429 ? undefined : reply;
  };
  const { status, text, body: answer } = await until(`${method} ${url} is answered`, answered, INSIST);
  if (status !== expected) throw new Error(`${method} ${url}: ${status} ${text}`);
  return answer;
};
