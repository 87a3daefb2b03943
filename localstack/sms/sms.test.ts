import { PinpointSMSVoiceV2Client, SendTextMessageCommand } from '@aws-sdk/client-pinpoint-sms-voice-v2';
import { beforeAll, describe, expect, it } from 'vitest';
import { clientsFor } from '../testing/temporary-directory.ts';
import { dueNow, useLocalApi } from '../testing/use-local-api.ts';

const api = useLocalApi();
let sms: PinpointSMSVoiceV2Client;
beforeAll(() => {
  sms = new PinpointSMSVoiceV2Client(clientsFor(api.aws.endpoint).config);
});

describe('SendTextMessage', () => {
  const entry = { notification_id: 'ntf_1', lateness_ms: expect.any(Number), received_at: expect.stringMatching(/Z$/) };

  it('puts a message into the inbox', async () => {
    const Context = { notification_id: 'ntf_1', due: dueNow() };
    await sms.send(
      new SendTextMessageCommand({ DestinationPhoneNumber: '+4915112345678', MessageBody: 'Hi', Context }),
    );
    expect(api.aws.inbox()).toMatchObject([
      { ...entry, channel: 'sms', to: '+4915112345678', subject: null, body: 'Hi' },
    ]);
  });

  it('accepts a message of the greatest length', async () => {
    for (const MessageBody of ['x'.repeat(1_530), '€'.repeat(765), 'ж'.repeat(630)])
      await sms.send(new SendTextMessageCommand({ DestinationPhoneNumber: '+4915112345678', MessageBody }));
    expect(api.aws.inbox()).toHaveLength(3);
  });

  it.each([
    { DestinationPhoneNumber: 'nonsense', MessageBody: 'x' },
    { DestinationPhoneNumber: '+4915112345678', MessageBody: 'x'.repeat(1_531) },
    { DestinationPhoneNumber: '+4915112345678', MessageBody: '€'.repeat(766) },
    { DestinationPhoneNumber: '+4915112345678', MessageBody: 'ж'.repeat(631) },
    { DestinationPhoneNumber: '+4915112345678' },
  ])('refuses an invalid number or text: %#', async (request) => {
    await expect(sms.send(new SendTextMessageCommand(request))).rejects.toMatchObject({ name: 'ValidationException' });
    expect(api.aws.inbox()).toEqual([]);
  });
});
