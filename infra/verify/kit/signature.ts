/** What a receiver verifies of a webhook: Standard Webhooks, v1 (HMAC-SHA256) and v1a (ed25519). */
import { createPublicKey, verify } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

export interface Signed {
  text: string;
  headers: object;
}

/** @param secret `whsec_` + base64 */
export const verifies = (secret: string, { text, headers }: Signed): boolean => {
  try {
    new Webhook(secret).verify(text, headers as Record<string, string>);
    return true;
  } catch {
    return false; // The check judges it.
  }
};

/** @param publicKey `whpk_` + base64 of the 32 bytes */
export const verifiesV1a = (publicKey: string, { text, headers }: Signed): boolean => {
  const {
    'webhook-id': id,
    'webhook-timestamp': at,
    'webhook-signature': all = '',
  } = headers as Record<string, string>;
  const x = Buffer.from(publicKey.replace(/^whpk_/, ''), 'base64').toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  const signatures = all.split(' ').flatMap((one) => (one.startsWith('v1a,') ? [one.slice('v1a,'.length)] : []));
  return signatures.some((one) => verify(null, Buffer.from(`${id}.${at}.${text}`), key, Buffer.from(one, 'base64')));
};
