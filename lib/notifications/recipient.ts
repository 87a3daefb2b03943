/** Who gets it: the addresses that a client, or an event's payload, names, checked and in normal form. */
import type { CountryCode } from 'libphonenumber-js/max';
import parsePhoneNumber from 'libphonenumber-js/max';
import type { FieldError } from '../errors.ts';
import type { ChannelName } from '../schema/channel-names.ts';
import { emailAddress } from '../schema/email-address.ts';
import { endpointId } from '../schema/endpoint-id.ts';
import { checkWebhookUrl } from '../schema/webhook-url.ts';

export interface Recipients {
  email?: string | undefined;
  phone?: string | undefined;
  webhook_url?: string | undefined;
  endpoint_id?: string | undefined;
}

export interface RecipientOptions {
  /** ISO 3166 alpha-2: where national digits belong. */
  phoneCountry: string;
  webhook: { allowPrivate: boolean; allowHttp: boolean };
}

export type Addresses = Partial<Record<ChannelName, string>>;

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
 * The E.164 number to send to, or undefined. After a `+`, the length alone is checked: numbering
 * plans move faster than any table (libphonenumber's advice). Digits without it must be valid in
 * the country, because a foreign number that lost its `+` would reach a stranger, and must not read
 * as another valid number of that country with the `+` put back.
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

export const phoneProblem = (country: string): string =>
  `must be one number: start with + and the country code, or give valid national digits of ${country}`;

type Checked = { to: string } | { problem: string };

const checkEmail = (text: string): Checked => {
  const checked = emailAddress.safeParse(text);
  return checked.success ? { to: text } : { problem: checked.error.issues[0]?.message ?? 'must be an e-mail address' };
};

const checkPhone = (text: string, country: string): Checked => {
  const to = normalizePhone(text, country);
  return to === undefined ? { problem: phoneProblem(country) } : { to };
};

const checkWebhook = (text: string, policy: RecipientOptions['webhook']): Checked => {
  const checked = checkWebhookUrl(text, policy);
  return 'url' in checked ? { to: checked.url } : checked;
};

/** Whether there is one of that id is for the store to say. */
const checkEndpoint = (text: string): Checked => {
  const checked = endpointId.safeParse(text);
  return checked.success ? { to: text } : { problem: checked.error.issues[0]?.message ?? "must be an endpoint's id" };
};

/** The addresses by channel, or every rule that is broken, by field. None given is an error too. */
export const parseRecipients = (
  given: Recipients,
  options: RecipientOptions,
): { to: Addresses } | { errors: FieldError[] } => {
  const checks: [ChannelName, keyof Recipients, (text: string) => Checked][] = [
    ['email', 'email', checkEmail],
    ['sms', 'phone', (text) => checkPhone(text, options.phoneCountry)],
    ['webhook', 'webhook_url', (text) => checkWebhook(text, options.webhook)],
    ['webhook', 'endpoint_id', checkEndpoint],
  ];
  const to: Addresses = {};
  const errors: FieldError[] = [];
  if (given.webhook_url !== undefined && given.endpoint_id !== undefined)
    errors.push({ pointer: '/endpoint_id', detail: 'must not be given together with webhook_url' });
  for (const [channel, field, check] of checks) {
    const text = given[field];
    if (text === undefined) continue;
    const checked = check(text);
    if ('to' in checked) to[channel] = checked.to;
    else errors.push({ pointer: `/${field}`, detail: checked.problem });
  }
  if (errors.length > 0) return { errors };
  if (Object.keys(to).length > 0) return { to };
  return {
    errors: [{ pointer: '/email', detail: 'at least one of email, phone, webhook_url and endpoint_id is required' }],
  };
};
