/**
 * An e-mail address: RFC 5321's Dot-string local part, and a domain name, which may be an
 * internationalised one (RFC 5891).
 */
import { domainToASCII } from 'node:url';
import * as z from 'zod';

const ADDRESS_MAX = 254;
const LOCAL_MAX = 64;
const DOMAIN_MAX = 253;

const ATEXT = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]";
const LOCAL_PART = new RegExp(`^${ATEXT}+(?:\\.${ATEXT}+)*$`);
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
/** Two labels at least, the last not all digits: that would be an IP address. */
const DOMAIN = new RegExp(`^(?:${LABEL}\\.)+(?!\\d+$)${LABEL}$`);
/** `domainToASCII` reads a host of a URL: of ASCII, it may be given nothing that a URL would decode. */
const DOMAIN_TEXT = /^(?:[A-Za-z0-9.-]|[\u200c\u200d]|[^\p{ASCII}\p{Cc}\p{Cf}\p{Z}])+$/u;

const INVALID = 'must be an e-mail address';
const TOO_LONG = `must be at most ${ADDRESS_MAX} characters`;
const UNSUPPORTED =
  'must have only ASCII letters, digits and punctuation before the @: quoted and non-ASCII names are not supported';

/** The domain as DNS and mail servers know it; undefined when it is none. */
const asciiDomain = (domain: string): string | undefined => {
  if (domain.length > DOMAIN_MAX || !DOMAIN_TEXT.test(domain)) return undefined;
  const ascii = domainToASCII(domain);
  return ascii.length <= DOMAIN_MAX && DOMAIN.test(ascii) ? ascii : undefined;
};

const split = (text: string): [local: string, domain: string] => {
  const at = text.lastIndexOf('@');
  return [text.slice(0, Math.max(0, at)), text.slice(at + 1)];
};

/**
 * The address with an internationalised domain in its ASCII form, which is what mail servers take;
 * undefined when it has none.
 */
export const asciiAddress = (text: string): string | undefined => {
  const [local, domain] = split(text);
  if (!/\P{ASCII}/u.test(domain)) return text;
  const ascii = asciiDomain(domain);
  return ascii === undefined ? undefined : `${local}@${ascii}`;
};

/** What is wrong with it; ends the sentence "email ...". */
export const emailProblem = (text: string): string | undefined => {
  if (text.length > ADDRESS_MAX) return TOO_LONG;
  const [local, domain] = split(text);
  if (asciiDomain(domain) === undefined) return INVALID;
  if (/^".*"$/.test(local) || /\P{ASCII}/u.test(local)) return UNSUPPORTED;
  if (local.length > LOCAL_MAX || !LOCAL_PART.test(local)) return INVALID;
  return (asciiAddress(text) ?? '').length > ADDRESS_MAX ? TOO_LONG : undefined;
};

/** Gives the text back as it was given. */
export const emailAddress = z
  .string()
  .superRefine((text, context) => {
    const message = emailProblem(text);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  })
  .meta({ format: 'email', maxLength: ADDRESS_MAX });
