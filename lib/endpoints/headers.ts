/** The headers that go along with every delivery to an endpoint. */
import * as z from 'zod';
import { evenIfMembersAreWrong } from '../schema/whole.ts';

export const HEADERS_MAX = 20;
const HEADER_VALUE_MAX = 2_048;
/** All names and values together: common servers refuse a request whose headers take more than 8 KB. */
const HEADERS_CHARACTERS_MAX = 6_144;

const HEADER_NAME = /^[a-z][a-z0-9_-]{0,63}$/;
/** Set by the connection, the body or the signature alone: RFC 9110 (7.6.1), and what we send ourselves. */
const RESERVED =
  /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|host|expect|content-.*|webhook-.*|user-agent|traceparent|tracestate)$/;
/** Visible ASCII, blanks and tabs inside alone: RFC 9110 (5.5) without what is obsolete. */
const HEADER_VALUE = /^[\x21-\x7e]([\x20-\x7e\t]*[\x21-\x7e])?$/;

export const headerValue = z
  .string()
  .max(HEADER_VALUE_MAX, `must be at most ${HEADER_VALUE_MAX} characters`)
  .regex(HEADER_VALUE, 'must be printable ASCII without blanks around it');

const nameProblem = (name: string, names: string[]): string | undefined => {
  const lower = name.toLowerCase();
  if (!HEADER_NAME.test(lower)) return 'must be named by a letter, then letters, digits, - and _, at most 64 in all';
  if (RESERVED.test(lower)) return 'must not be given: the service sets this header';
  return names.some((other) => other !== name && other.toLowerCase() === lower) ? 'must be named once' : undefined;
};

/** What is wrong with all of them together, given or merged. */
export const headersProblem = (headers: Record<string, unknown>): string | undefined => {
  if (Object.keys(headers).length > HEADERS_MAX) return `must be at most ${HEADERS_MAX} headers`;
  // A value may still be of any type here: its own rule refuses it.
  const texts = Object.entries(headers).flatMap(([name, value]) =>
    typeof value === 'string' ? [name, value] : [name],
  );
  const characters = texts.join('').length;
  return characters > HEADERS_CHARACTERS_MAX
    ? `must be at most ${HEADERS_CHARACTERS_MAX} characters in all`
    : undefined;
};

/** Names come out in lower case; one given in two spellings would be two answers to one question. */
export const namedHeaders = <V>(value: z.ZodType<V>) =>
  z
    .record(z.string(), value)
    .superRefine((headers, context) => {
      const problem = headersProblem(headers);
      // Too many are not looked at one by one.
      if (problem) return context.addIssue({ code: 'custom', message: problem });
      const names = Object.keys(headers);
      for (const name of names) {
        // One that an earlier release took may be removed, whatever is reserved now.
        const message =
          headers[name] === null && RESERVED.test(name.toLowerCase()) ? undefined : nameProblem(name, names);
        if (message) context.addIssue({ code: 'custom', path: [name], message });
      }
    }, evenIfMembersAreWrong)
    .transform((headers) =>
      Object.fromEntries(Object.entries(headers).map(([name, one]): [string, V] => [name.toLowerCase(), one])),
    );
