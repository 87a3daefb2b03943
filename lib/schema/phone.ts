/** Phone numbers, in E.164. */
import type { CountryCode } from 'libphonenumber-js/max';
import parsePhoneNumber from 'libphonenumber-js/max';

const readPhone = (text: string, defaultCountry: string) =>
  parsePhoneNumber(text, { defaultCountry: defaultCountry as CountryCode, extract: false });

/**
 * The E.164 number that a text may stand for, in any spelling; undefined when its length is wrong.
 * For finding a number that is stored, not for sending to it.
 */
export const possiblePhone = (text: string, defaultCountry: string): string | undefined => {
  const phone = readPhone(text, defaultCountry);
  return phone?.isPossible() && phone.ext === undefined ? phone.number : undefined;
};

/** One number and nothing else: a slash separates two numbers as often as the parts of one. */
const PHONE = /^(?:\+|[\d(])[\d ().-]*$/;

/**
 * The E.164 number to send to, or undefined. After a `+` only the length is checked (libphonenumber's
 * advice). Without it the digits must be valid in the country and mean nothing else with a `+`.
 */
export const normalizePhone = (text: string, defaultCountry: string): string | undefined => {
  if (!PHONE.test(text)) return undefined;
  if (text.startsWith('+')) return possiblePhone(text, defaultCountry);
  const phone = readPhone(text, defaultCountry);
  if (!phone?.isValid()) return undefined;
  const withPlus = readPhone(`+${text}`, defaultCountry);
  const isAmbiguous =
    withPlus?.isValid() && withPlus.countryCallingCode === phone.countryCallingCode && withPlus.number !== phone.number;
  return isAmbiguous ? undefined : phone.number;
};

/**
 * What a channel needs of it: handed over, so that only the functions that read numbers bundle the
 * numbering plans (50 KB, gzip).
 */
export interface PhoneNumbers {
  normalize(text: string): string | undefined;
  possible(text: string): string | undefined;
  /** What a number must be, for the message that refuses one. */
  rule: string;
}

/** @param country ISO 3166 alpha-2: where national digits belong */
export const makePhoneNumbers = (country: string): PhoneNumbers => ({
  normalize: (text) => normalizePhone(text, country),
  possible: (text) => possiblePhone(text, country),
  rule: `must be one number: start with + and the country code, or give valid national digits of ${country}`,
});
