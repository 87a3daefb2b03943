import * as z from 'zod';
import { secret } from '../platform/variables.ts';
import { endpointId, isEndpointId } from '../schema/endpoint-id.ts';
import { isSecret, paddedSecret, SECRET_RULE } from '../schema/signing-keys.ts';
import type { Declaration, Load, Settings } from './declaration.ts';
import { urlAddress } from './url-address.ts';

export const declaration = {
  title: 'webhook',
  isReadByPeople: false,
  sendsTo: 'webhook',
  fields: {
    webhook_url: urlAddress,
    endpoint_id: {
      form: () => endpointId,
      meta: {
        description:
          'A webhook endpoint, instead of `webhook_url`. Where it is disabled, delivery ends FAILED once no other channel is tried, and is replayed on demand.',
      },
      // Whether there is one of that id is for the store to say.
      parse: (text) => {
        const { success, error } = endpointId.safeParse(text);
        return success ? { value: text } : { problem: error.issues[0]?.message ?? "must be an endpoint's id" };
      },
      holds: isEndpointId,
      // An endpoint is a setting of the tenant.
      erasure: 'names no person',
    },
  },
  permissions: ['sign.webhooks'],
} satisfies Declaration;

const secrets = z
  .string()
  .transform((text) => text.split(/\s+/).filter(Boolean))
  .pipe(z.array(z.string().refine(isSecret, SECRET_RULE).transform(paddedSecret)).min(1));

export const settings = {
  WEBHOOK_SECRETS: secret(secrets),
} satisfies Settings;

export const load: Load<typeof settings> = async (values, ports) => {
  const { makeWebhookChannel } = await import('./webhook/send.ts');
  return makeWebhookChannel({ ...ports.http, secrets: values.WEBHOOK_SECRETS ?? [] }, ports);
};
