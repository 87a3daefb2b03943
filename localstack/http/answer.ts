import type { ServerResponse } from 'node:http';

/** What a service of the local AWS answers. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
  /** Default: utf8. latin1: each character of the body is a byte. */
  encoding?: 'latin1' | 'utf8';
}

export const json = (status: number, value: unknown, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: value === undefined ? '' : JSON.stringify(value),
});

/** An error of the AWS JSON protocols. SDKs read its code from the body or from a header. */
export const awsError = (status: number, code: string, message: string): Answer =>
  json(
    status,
    { __type: code, message, Message: message },
    {
      'content-type': 'application/x-amz-json-1.0',
      'x-amzn-errortype': code,
      'x-amzn-query-error': `${code};${status < 500 ? 'Sender' : 'Receiver'}`,
    },
  );

/** A problem (RFC 9457) of the API under `/_local/`. */
export const problem = (
  status: number,
  code: string,
  title: string,
  errors: { pointer: string; detail: string }[],
): Answer =>
  json(
    status,
    {
      type: 'about:blank',
      title,
      status,
      code,
      detail: errors.map((e) => `${e.pointer}: ${e.detail}`).join('; '),
      errors,
    },
    { 'content-type': 'application/problem+json' },
  );

export const invalid = (pointer: string, detail: string): Answer =>
  problem(400, 'validation-failed', 'The request is not valid', [{ pointer, detail }]);

export const write = (response: ServerResponse, { status, headers, body, encoding = 'utf8' }: Answer): void => {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body, encoding) });
  response.end(body, encoding);
};
