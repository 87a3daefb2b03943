import { afterEach, describe, expect, it } from 'vitest';
import { type AwsAnswer, makeAws } from '../aws/aws.testing.ts';
import type { OutgoingMessage } from '../channel.ts';
import { makeSmsChannel } from './send.ts';

process.env.AWS_ACCESS_KEY_ID = 'test';
process.env.AWS_SECRET_ACCESS_KEY = 'test';

const never = new AbortController().signal;
const opened: { close: () => unknown }[] = [];

const message: OutgoingMessage = {
  notificationId: 'ntf_01h455vb4pex5vsknk084sn02q',
  tenant: 'default',
  to: '+919999912345',
  subject: 'Hi',
  body: 'Hello Zoë',
  payload: '{}',
  dueAt: Date.UTC(2027, 0, 15, 8),
};

afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
});

const sms = async (answer: () => AwsAnswer, originationIdentity?: string) => {
  const aws = await makeAws(answer);
  opened.push(aws);
  return { ...aws, channel: makeSmsChannel({ originationIdentity }, aws.config) };
};

describe('an SMS', () => {
  it('is sent once with the notification as its context', async () => {
    const { channel, received } = await sms(() => ({ status: 200, body: { MessageId: 'm-1' } }), 'EXAMPLE');
    expect(await channel.send(message, { signal: never })).toEqual({ outcome: 'sent', httpStatus: 200 });
    expect(received).toHaveLength(1);
    expect(received[0]?.headers['x-amz-target']).toBe('PinpointSMSVoiceV2.SendTextMessage');
    expect(JSON.parse(received[0]?.body ?? '')).toEqual({
      DestinationPhoneNumber: '+919999912345',
      OriginationIdentity: 'EXAMPLE',
      MessageBody: 'Hello Zoë',
      MessageType: 'TRANSACTIONAL',
      Context: { notification_id: message.notificationId, due: '2027-01-15T08:00:00.000Z' },
    });
  });

  it('is cut to the length that AWS takes', async () => {
    const { channel, received } = await sms(() => ({ status: 200, body: { MessageId: 'm-1' } }));
    await channel.send({ ...message, body: 'a'.repeat(1_600) }, { signal: never });
    expect(JSON.parse(received[0]?.body ?? '').MessageBody).toBe(`${'a'.repeat(1_527)}...`);
  });

  it.each([
    ['ValidationException', 'INVALID_PARAMETER', 'invalid_parameter'],
    ['ConflictException', 'DESTINATION_PHONE_NUMBER_OPTED_OUT', 'destination_phone_number_opted_out'],
    ['AccessDeniedException', 'ACCOUNT_DISABLED', 'account_disabled'],
    ['AccessDeniedException', undefined, 'access_denied'],
    ['ResourceNotFoundException', undefined, 'resource_not_found'],
  ])('fails for good on %s %s', async (error, Reason, code) => {
    const { channel } = await sms(() => ({
      status: 400,
      body: { __type: error, message: 'about +919999912345', Reason },
    }));
    expect(await channel.send(message, { signal: never })).toEqual({ outcome: 'failed', error: code, httpStatus: 400 });
  });

  it.each<[AwsAnswer, object]>([
    [
      { status: 400, body: { __type: 'ThrottlingException' } },
      { error: 'throttling', httpStatus: 400 },
    ],
    [
      {
        status: 400,
        body: { __type: 'ServiceQuotaExceededException', Reason: 'MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT' },
      },
      { error: 'monthly_spend_limit_reached_for_text', httpStatus: 400 },
    ],
    [
      { status: 500, body: { __type: 'InternalServerException' } },
      { error: 'internal_server', httpStatus: 500 },
    ],
    ['close', { error: 'connection_reset' }],
  ])('is tried again after %j', async (answer, expected) => {
    const { channel } = await sms(() => answer);
    expect(await channel.send(message, { signal: never })).toEqual({ outcome: 'retry', ...expected });
  });

  it('is timeout when the signal aborts', async () => {
    const abort = new AbortController();
    const { channel } = await sms(() => {
      setImmediate(() => abort.abort());
      return 'hang';
    });
    expect(await channel.send(message, { signal: abort.signal })).toEqual({ outcome: 'retry', error: 'timeout' });
  });
});
