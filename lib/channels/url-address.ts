/** The address of a channel that posts to a URL: it passes the check against server-side request forgery. */
import * as z from 'zod';
import { checkWebhookUrl, URL_LENGTH_MAX, type UrlPolicy } from '../schema/webhook-url.ts';
import { type AddressField, initial, type Parsed } from './declaration.ts';

/** Longer texts are no URLs that were accepted. */
const TEXT_MAX = 4_096;
/** What was stored under another policy must be found too. */
const ANY_URL = { allowPrivate: true, allowHttp: true };

const parse = (text: string, policy: UrlPolicy): Parsed => {
  const checked = checkWebhookUrl(text, policy);
  return 'url' in checked ? { value: checked.url } : checked;
};

export const urlAddress = {
  form: () => z.string().min(1).max(URL_LENGTH_MAX, `must be at most ${URL_LENGTH_MAX} characters`),
  parse: (text, { webhook }) => parse(text, webhook),
  erasure: {
    key: (text) => parse(text, ANY_URL),
    mask: (key) => `https://${initial(new URL(key).host)}`,
    matcher: (key) => (text) => text.length <= TEXT_MAX && text.includes(':') && URL.parse(text)?.href === key,
  },
} satisfies AddressField;
