import { randomUUID } from 'node:crypto';
import type { Answer } from './answer.ts';

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

/** Text as content of an element. Characters that XML 1.0 cannot hold become U+FFFD. */
const escapeXml = (text: string): string =>
  text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');

const xml = (status: number, document: string): Answer => ({
  status,
  headers: { 'content-type': 'text/xml' },
  body: `<?xml version="1.0" encoding="UTF-8"?>\n${document}`,
});

const errorOf = (code: string, message: string): string =>
  `<Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message>`;

/** An answer of the query protocol. `result` is XML. */
export const queryAnswer = (namespace: string, action: string, result: string): Answer =>
  xml(
    200,
    `<${action}Response xmlns="${namespace}"><${action}Result>${result}</${action}Result>` +
      `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></${action}Response>`,
  );

/** An error of the query protocol, and of REST-XML for all services but S3. */
export const queryError = (status: number, code: string, message: string): Answer =>
  xml(
    status,
    `<ErrorResponse><Error><Type>${status < 500 ? 'Sender' : 'Receiver'}</Type>${errorOf(code, message)}</Error>` +
      `<RequestId>${randomUUID()}</RequestId></ErrorResponse>`,
  );

export const ec2Error = (status: number, code: string, message: string): Answer =>
  xml(
    status,
    `<Response><Errors><Error>${errorOf(code, message)}</Error></Errors><RequestID>${randomUUID()}</RequestID></Response>`,
  );

export const s3Error = (status: number, code: string, message: string): Answer =>
  xml(status, `<Error>${errorOf(code, message)}<RequestId>${randomUUID()}</RequestId></Error>`);
