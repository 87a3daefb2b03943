import { domainToUnicode } from 'node:url';
import * as z from 'zod';
import { email, oneOf, secret } from '../platform/variables.ts';
import { asciiAddress, emailAddress, emailProblem } from '../schema/email-address.ts';
import { type Declaration, initial, type Load, type Settings } from './declaration.ts';

/** Longer texts are no addresses: a payload may hold 256 KB of them. */
const TEXT_MAX = 4_096;

const keyOf = (text: string): string => (asciiAddress(text) ?? text).toLowerCase();

/** With its domain as people write it. */
const unicodeAddress = (key: string): string => {
  const domainAt = key.lastIndexOf('@') + 1;
  return key.slice(0, domainAt) + domainToUnicode(key.slice(domainAt));
};

export const declaration = {
  title: 'e-mail',
  isReadByPeople: true,
  sendsTo: 'email',
  fields: {
    email: {
      form: () => emailAddress,
      meta: {
        description:
          'An internationalised domain is sent to in its ASCII form. Quoted and non-ASCII names before the @ are not supported.',
      },
      parse: (text) => {
        const problem = emailProblem(text);
        return problem === undefined ? { value: text } : { problem };
      },
      erasure: {
        key: (text) => ({ value: keyOf(text) }),
        mask: (key) => key.split('@').map(initial).join('@'),
        matcher: (key) => (text) => text.length <= TEXT_MAX && keyOf(text) === key,
        within: (key) => [...new Set([key, unicodeAddress(key)])],
      },
    },
  },
  permissions: ['email'],
} satisfies Declaration;

export const settings = {
  EMAIL_TRANSPORT: oneOf('ses', 'smtp').default('ses'),
  EMAIL_FROM: email().default('notifications@example.com'),
  SMTP_URL: secret(z.url({ protocol: /^smtps?$/, error: 'must be an smtp or smtps URL' }), { EMAIL_TRANSPORT: 'smtp' }),
} satisfies Settings;

export const load: Load<typeof settings> = async (values, { aws }) => {
  const { makeEmailChannel } = await import('./email/send.ts');
  const config = { transport: values.EMAIL_TRANSPORT, from: values.EMAIL_FROM, smtpUrl: values.SMTP_URL };
  return makeEmailChannel(config, aws);
};
