import { expect, it } from 'vitest';
import { serve } from './serve.ts';

/** Nothing of it is usable, so nothing starts. */
const problemsOf = async (ROLE: string): Promise<string> =>
  serve({ ROLE, TABLE_NAME: '', EMAIL_TRANSPORT: 'smtp' }).then(
    () => 'started',
    (error: Error) => error.message,
  );
const secretsIn = (message: string) => message.match(/(CURSOR_SECRET|WEBHOOK_SECRETS|SMTP_URL)(?=: is required)/g);

it.each([
  ['api', ['CURSOR_SECRET']],
  ['worker', ['SMTP_URL', 'WEBHOOK_SECRETS']],
  ['all', ['CURSOR_SECRET', 'SMTP_URL', 'WEBHOOK_SECRETS']],
])('the role %s does not start without its secrets, and asks for no others', async (role, secrets) => {
  const message = await problemsOf(role);
  expect(message).toContain('TABLE_NAME: is required');
  expect(secretsIn(message)).toEqual(secrets);
});
