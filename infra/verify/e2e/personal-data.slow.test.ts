import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { encrypt } from '../../../localstack/kms/blob.ts';
import { openKeyStore } from '../../../localstack/kms/key-store.ts';
import { storedItems } from '../kit/aws.ts';
import type { Answer } from '../kit/client.ts';
import { startTestStack, type TestStack } from '../kit/test-stack.ts';
import { until } from '../kit/until.ts';
import {
  ANY_MARK,
  ENTITY_MARK,
  everythingSaid,
  liveThrough,
  MARK,
  PERSON,
  PHONE,
  startRefusingSmtp,
} from './personal-data-flows.ts';

const SETTINGS = { LOG_LEVEL: 'DEBUG', CHANNEL_TIMEOUT_MS: '4000', RETRY_SCHEDULE: '0,1' };

const erase = async ({ api }: TestStack, order: Record<string, string>): Promise<Answer> => {
  // 503 while the keys cannot be had.
  const { body } = await until('it is ordered', async () => {
    const answer = await api('POST', '/api/v1/erasure', order);
    return answer.status === 202 && answer;
  });
  return until(
    'the erasure is done',
    async () => {
      const answer = await api('GET', `/api/v1/erasure/${body.job_id}`);
      return answer.body.status === 'DONE' && answer;
    },
    { deadlineMs: 60_000, everyMs: 100 },
  );
};

/** A key that the local KMS has wrapped, as lib/README.md says. */
const wrappedKey = (dataDir: string): Record<string, string> => {
  const key = openKeyStore(dataDir).create('fields');
  const blob = encrypt(key, randomBytes(32), { service: 'event-notification-service' });
  return { FIELD_KEYS: `k1:kms:${blob.toString('base64')}` };
};

/** The lines that say too much, so that a failure names its place. */
const leaks = (text: string): string[] => text.split('\n').filter((line) => ANY_MARK.test(line));
const asText = (item: Record<string, unknown>): string =>
  JSON.stringify(item, (_, value) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value));

describe('personal data', () => {
  it('is in no log, no output and no metric, whatever goes well or wrong; encrypted, it is not in the table either', async () => {
    const smtp = await startRefusingSmtp();
    const env = { ...SETTINGS, EMAIL_TRANSPORT: 'smtp', SMTP_URL: smtp.url };
    const stack = await startTestStack({ env, prepare: wrappedKey });
    try {
      await liveThrough(stack, { dynamodb: 'drop', sqs: 'error', scheduler: 'throttle', sms: 'error' });
      const stored = (await storedItems(stack)).map(asText);
      expect(stored.length).toBeGreaterThan(10);
      expect(leaks(stored.join('\n').replaceAll(new RegExp(ENTITY_MARK, 'gi'), ''))).toEqual([]);
      expect((await erase(stack, { email: PERSON.toUpperCase() })).body.erased).toBeGreaterThan(5);
      await erase(stack, { entity_id: `${ENTITY_MARK}-e` });

      // It was really there: it came out at the other end.
      expect(smtp.taken.join()).toContain(MARK);
      expect(JSON.stringify(stack.receiver.received())).toContain(MARK);
      const said = await everythingSaid(stack);
      expect(said).toContain('delivery.attempted');
      expect(said).toContain('smtp_550');
      expect(said).toContain('dead_letter.recorded');
      expect(leaks(said)).toEqual([]);
    } finally {
      await stack.close();
      await smtp.close();
    }
  }, 180_000);

  it('with SES, and in plain: it is in no log either, and an erasure takes all of it out of the table', async () => {
    const stack = await startTestStack({ env: SETTINGS });
    try {
      await liveThrough(stack, { dynamodb: 'error', sqs: 'drop', scheduler: 'error', ses: 'drop', sms: 'throttle' });
      const number = await erase(stack, { phone: PHONE });
      expect(number.body).toMatchObject({ by: 'phone', masked: '***00', waiting: 0 });
      await erase(stack, { email: PERSON });
      const about = (await storedItems(stack)).map(asText).filter((text) => new RegExp(PERSON, 'i').test(text));
      expect(about).toEqual([]);
      expect(JSON.stringify(await stack.processes.inbox())).toContain(MARK);
      expect(leaks(await everythingSaid(stack))).toEqual([]);
    } finally {
      await stack.close();
    }
  }, 180_000);
});
