/** One request to the API: what was answered, or that nothing was. */
export interface Reply<T = Record<string, unknown>> {
  status: number;
  retryAfter: string | null;
  body: T;
}

/** Longer than any function of the API may take. */
const PATIENCE_MS = 12_000;

/** Undefined when the connection failed, broke off, or stayed silent: then nobody knows what was done. */
export const ask = async <T = Record<string, unknown>>(
  url: string,
  method: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<Reply<T> | undefined> => {
  try {
    const response = await fetch(url, {
      method,
      headers: { ...(body && { 'content-type': 'application/json' }), ...headers },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const text = await response.text();
    return {
      status: response.status,
      retryAfter: response.headers.get('retry-after'),
      body: (text ? JSON.parse(text) : {}) as T,
    };
  } catch {
    return undefined;
  }
};
