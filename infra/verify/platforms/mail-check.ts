import { randomUUID } from 'node:crypto';
import { makeClient } from '../kit/client.ts';
import { until } from '../kit/until.ts';
import type { PlatformTarget } from './platform.ts';

interface Mailed {
  id: string;
  status: string;
  channels: { email?: { last_error?: string } };
}

/** Sends an e-mail that is due now and waits for it at the other end: what is wrong, in a sentence each. */
export const mailProblems = async (
  { url, key }: Pick<PlatformTarget, 'url' | 'key'>,
  arrived: (subject: string) => Promise<boolean>,
): Promise<string[]> => {
  const client = makeClient({ url, ...(key !== undefined && { key }) }, { timeoutMs: 15_000 });
  const send_at = new Date().toISOString();
  const subject = `Platform ${randomUUID()}`;
  const to = { entity_id: 'platform', email: 'ada@example.com' };
  const body = { notification_type: 'platform.mail', ...to, subject, body: 'Hello', send_at };
  try {
    const made = await client.call<Mailed>('POST', '/api/v1/notifications/', body);
    if (made.status !== 201) return [`an e-mail is not taken: ${made.status} ${made.text}`];
    const { id } = made.body;
    const ended = await until('the e-mail is sent or failed', async () => {
      const { body: now } = await client.call<Mailed>('GET', `/api/v1/notifications/${id}`);
      return ['SENT', 'FAILED'].includes(now?.status) && now;
    });
    if (ended.status !== 'SENT') return [`an e-mail is ${ended.status}: ${ended.channels.email?.last_error}`];
    await until('the e-mail has arrived', () => arrived(subject));
    return [];
  } catch (error) {
    return [`e-mail: ${(error as Error).message}`];
  } finally {
    client.close();
  }
};
