/** A stage that may send to its own people alone, as a copy of production has to. */
import { afterAll, expect, test } from 'vitest';
import { startReceiver } from '../kit/receiver.ts';
import { useTestStack } from '../kit/vitest.ts';

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const instead = await startReceiver({ secrets: [secret] });
afterAll(() => instead.close());

const stack = useTestStack({
  env: {
    WEBHOOK_SECRETS: secret,
    RECIPIENTS_ALLOWED: '*@ours.example',
    RECIPIENTS_REDIRECT: `email=staging@ours.example webhook=${instead.url('/instead')}`,
  },
});
const CUSTOMER = 'ada@customer.example';

test('what would leave for customers goes to the addresses in their place, and nowhere where there is none', async () => {
  const url = stack.receiver.url('/customer');
  const headers = { authorization: 'Bearer b' };
  const endpoint = (await stack.api<{ id: string }>('POST', '/api/v1/endpoints/', { url, headers })).body;
  const [ours, mail, raw, hook, sms] = await Promise.all([
    stack.create({ email: 'qa@ours.example' }),
    stack.create({ email: CUSTOMER }),
    stack.create({ webhook_url: url }),
    stack.create({ endpoint_id: endpoint.id }),
    stack.create({ phone: '+4915112345678' }),
  ]);
  const sent = await Promise.all([ours, mail, raw, hook].map(({ id }) => stack.untilIs(id, 'SENT')));
  expect(sent.map(({ attempts }) => attempts.map(({ redirected }) => redirected))).toEqual([
    [undefined],
    [true],
    [true],
    [true],
  ]);
  expect(sent[1]).toMatchObject({ email: CUSTOMER });
  const stopped = await stack.untilIs(sms.id, 'FAILED');
  expect(stopped).toMatchObject({ status_reason: 'not_allowed', attempts: [] });
  expect(stopped.channels).toMatchObject({ sms: { state: 'stopped', last_error: 'not_allowed' } });

  const inboxes = await Promise.all([ours, mail, sms].map(({ id }) => stack.inbox(id)));
  expect(inboxes.map((entries) => entries.map(({ to }) => to))).toEqual([
    ['qa@ours.example'],
    ['staging@ours.example'],
    [],
  ]);
  expect(stack.receiver.received()).toEqual([]);
  expect(new Set(instead.received().map(({ id }) => id))).toEqual(new Set([raw.id, hook.id]));
  for (const received of instead.received()) {
    expect(received.verified).toEqual([true]);
    expect(received.headers).not.toHaveProperty('authorization');
  }

  const tested = await stack.api('POST', `/api/v1/endpoints/${endpoint.id}/test`);
  expect(tested.body).toMatchObject({ outcome: 'failed', error: 'not_allowed' });
  expect(stack.receiver.received()).toEqual([]);
  expect((await stack.api('GET', '/api/v1/dead-letters/')).body).toEqual([]);
});
