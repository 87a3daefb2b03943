import * as z from 'zod';
import type { Declaration, Load, Parsed, Settings } from './declaration.ts';

/**
 * The last digits are the same in every spelling of a number: reading each text of a payload as a
 * number would be slow.
 */
const TAIL_DIGITS = 6;
const NUMBER_MAX = 64;

/**
 * As strict for an erasure as for sending: a foreign number that lost its `+` would be read as
 * another person's.
 */
const parse: Declaration['fields'][string]['parse'] = (text, { phones }): Parsed => {
  const value = phones.normalize(text);
  return value === undefined ? { problem: phones.rule } : { value };
};

export const declaration = {
  title: 'SMS',
  isReadByPeople: true,
  sendsTo: 'phone',
  fields: {
    phone: {
      form: () => z.string().min(1).max(32),
      meta: {
        description: 'One number: E.164, or valid national digits of the default country.',
        examples: ['+4915112345678'],
      },
      parse,
      erasure: {
        meta: { description: 'E.164, or valid national digits.' },
        key: parse,
        mask: (key) => `***${key.slice(-2)}`,
        matcher: (key, { phones }) => {
          const tail = key.slice(-TAIL_DIGITS);
          return (text) =>
            text.length <= NUMBER_MAX && text.replace(/\D/g, '').endsWith(tail) && phones.possible(text) === key;
        },
        // By its digits alone: `+49...` and `0049...` hold the same.
        within: (key) => [key.slice(1)],
        notAfter: /[1-9]$/,
      },
    },
  },
  permissions: ['sms'],
} satisfies Declaration;

export const settings = {
  SMS_ORIGINATION_IDENTITY: z.string().optional(),
} satisfies Settings;

export const load: Load<typeof settings> = async (values, { aws }) => {
  const { makeSmsChannel } = await import('./sms/send.ts');
  return makeSmsChannel({ originationIdentity: values.SMS_ORIGINATION_IDENTITY }, aws);
};
