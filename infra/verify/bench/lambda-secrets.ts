/** What a deployment sets beside `provider.environment`; made for the run. */
import { randomBytes } from 'node:crypto';

export const lambdaSecrets = {
  CURSOR_SECRET: randomBytes(32).toString('base64url'),
  WEBHOOK_SECRETS: `whsec_${randomBytes(32).toString('base64')}`,
  WEBHOOK_ALLOW_PRIVATE: 'true',
  WEBHOOK_ALLOW_HTTP: 'true',
  AUTH_MODE: 'none',
};
