import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { startStack } from '../../../localstack/testing/stack.ts';
import type { Platform } from './platform.ts';

/** `npm start` as it is: the embedded local AWS, API and workers. */
export const embedded: Platform = {
  name: 'embedded',
  start: async ({ directory }) => {
    const secret = `whsec_${randomBytes(32).toString('base64')}`;
    const stack = await startStack({ dataDir: join(directory, 'data'), env: { WEBHOOK_SECRETS: secret } });
    return {
      url: stack.apiUrl,
      localAws: stack.awsUrl,
      webhookSecrets: [secret],
      close: async () => void (await stack.stop()),
    };
  },
};
