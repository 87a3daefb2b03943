/** Who gets it: the addresses that a client, or an event's payload, names, checked and in normal form. */
import type { CountryCode } from 'libphonenumber-js/min';
import parsePhoneNumber from 'libphonenumber-js/min';
import * as z from 'zod';
import { checkWebhookUrl } from '../channels/address.ts';
import { endpointId } from '../endpoints/endpoint-id.ts';
import type { FieldError } from '../errors.ts';
import type { ChannelName } from './notification.ts';

export const emailAddress = z.email('must be an e-mail address').max(254, 'must be at most 254 characters');

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

/**
 * A number in E.164, or undefined when it can be none: too short, too long, an extension, or text around the digits.
 * Length is checked, not whether the range is in use: numbering plans move faster than any table (libphonenumber's advice).
 */
export const normalizePhone = (text: string, defaultCountry: string): string | undefined => {
  const phone = parsePhoneNumber(text, { defaultCountry: defaultCountry as CountryCode, extract: false });
  return phone?.isPossible() && phone.ext === undefined ? phone.number : undefined;
};

type Checked = { to: string } | { problem: string };

const checkEmail = (text: string): Checked => {
  const checked = emailAddress.safeParse(text);
  return checked.success ? { to: text } : { problem: checked.error.issues[0]?.message ?? 'must be an e-mail address' };
};

const checkPhone = (text: string, country: string): Checked => {
  const to = normalizePhone(text, country);
  return to === undefined ? { problem: `must be an E.164 number, or national digits of ${country}` } : { to };
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
