import { type Answer, answerIfAny, request } from '../kit/client.ts';

/** Longer than any function of the API may take. */
export const TIMEOUT_MS = 12_000;

/** Undefined when the connection failed, broke off, or stayed silent: then what was done is unknown. */
export const ask = <T = Record<string, unknown>>(
  url: string,
  method: string,
  body?: object,
  headers?: Record<string, string>,
): Promise<Answer<T> | undefined> => answerIfAny(request<T>(url, method, body, headers, TIMEOUT_MS));
