/**
 * The kinds of addresses that messages go to, and the patterns that RECIPIENTS_ALLOWED has of each. One `*`
 * stands at the end of a name or number, or before the dot of a host, so that a match is one comparison.
 */
import { domainToASCII } from 'node:url';
import { asciiAddress, emailProblem } from './email-address.ts';

export interface RecipientKind {
  /** Whether an address matches a pattern of this kind; undefined: the pattern is none. */
  matcher(pattern: string): ((address: string) => boolean) | undefined;
  /** Whether messages can be redirected to the text, and what it must be for that. */
  isTarget(text: string): boolean;
  target: string;
}

const NAME = /^[^\s@*,;:<>()[\]\\"]*\*?$/;
const NUMBER = /^\+(?:\d{1,15}|\d{0,14}\*)$/;
const E164 = /^\+[1-9]\d{6,14}$/;
const HOST = /^(?:(?:[\w.-]|[^\p{ASCII}\p{Cc}\p{Cf}\p{Z}])+|\[[\da-f:.]+\])$/u;

const startsLike = (pattern: string) =>
  pattern.endsWith('*') ? (text: string) => text.startsWith(pattern.slice(0, -1)) : (text: string) => text === pattern;

/** `*` is every host; `*.example.com` those below it, without itself. */
const hostMatcher = (pattern: string): ((host: string) => boolean) | undefined => {
  if (pattern === '*') return () => true;
  const isBelow = pattern.startsWith('*.');
  const named = isBelow ? pattern.slice(2) : pattern;
  const host = HOST.test(named) ? domainToASCII(named) : '';
  if (host === '' || /^\.|\.\.|\.$/.test(host)) return undefined;
  return isBelow ? (given) => given.endsWith(`.${host}`) : (given) => given === host;
};

/** A mail server may tell names apart by case; none that is known does. */
const email: RecipientKind = {
  matcher: (pattern) => {
    const at = pattern.lastIndexOf('@');
    const name = pattern.slice(0, at).toLowerCase();
    const isDomain = hostMatcher(pattern.slice(at + 1).toLowerCase());
    if (at < 1 || !NAME.test(name) || !isDomain) return undefined;
    const isName = startsLike(name);
    return (address) => {
      const text = (asciiAddress(address) ?? '').toLowerCase();
      const addressAt = text.lastIndexOf('@');
      return addressAt > 0 && isName(text.slice(0, addressAt)) && isDomain(text.slice(addressAt + 1));
    };
  },
  isTarget: (text) => emailProblem(text) === undefined,
  target: 'an e-mail address',
};

const phone: RecipientKind = {
  matcher: (pattern) => (NUMBER.test(pattern) ? startsLike(pattern) : undefined),
  isTarget: (text) => E164.test(text),
  target: 'a number in E.164 form, such as +4915112345678',
};

/** By the host of its URL, whatever scheme, port and path. */
const webhook: RecipientKind = {
  matcher: (pattern) => {
    const isHost = hostMatcher(pattern.toLowerCase());
    return isHost && ((address) => isHost(URL.parse(address)?.hostname.replace(/\.$/, '') ?? ''));
  },
  isTarget: (text) => {
    const url = URL.parse(text);
    return url !== null && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.hash;
  },
  target: 'an http or https URL without credentials and fragment',
};

export const RECIPIENT_KINDS = { email, phone, webhook } satisfies Record<string, RecipientKind>;
export type RecipientKindName = keyof typeof RECIPIENT_KINDS;
