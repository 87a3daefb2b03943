import { PinpointSMSVoiceV2Client, SendTextMessageCommand } from '@aws-sdk/client-pinpoint-sms-voice-v2';
import { beforeAll, describe, expect, it } from 'vitest';
import { clientsFor } from '../testing/temporary-directory.ts';
import { useLocalApi } from '../testing/use-local-api.ts';

const api = useLocalApi();
let sms: PinpointSMSVoiceV2Client;
beforeAll(() => {
  sms = new PinpointSMSVoiceV2Client(clientsFor(api.aws.endpoint).config);
});

describe('faults', () => {
  const send = () =>
    sms.send(new SendTextMessageCommand({ DestinationPhoneNumber: '+4915112345678', MessageBody: 'x' }));

  it.each([
    ['error', { name: 'InternalServerError' }],
    ['throttle', { name: 'ThrottlingException' }],
    ['drop', { code: 'ECONNRESET' }],
  ])('let a call fail by %s until they are deleted', async (mode, error) => {
    expect((await api.post('faults', { service: 'sms', mode })).status).toBe(200);
    await expect(send()).rejects.toMatchObject(error);
    expect(await (await api.call('faults')).json()).toMatchObject([{ service: 'sms', mode, rate: 1 }]);
    await api.call('faults', { method: 'DELETE' });
    await send();
  });

  it('delay a call, for as long as asked for', async () => {
    await api.post('faults', { service: 'sms', mode: 'slow', delay_ms: 2_100, for_ms: 2_000 });
    const startedAt = performance.now();
    await send();
    expect(performance.now() - startedAt).toBeGreaterThan(2_000);
    expect(await (await api.call('faults')).json()).toEqual([]);
  });

  it.each([
    { service: 's3', mode: 'error' },
    { service: 'sqs', mode: 'x' },
    { service: 'sqs', mode: 'error', rate: 2 },
  ])('refuse %j', async (fault) => {
    expect((await api.post('faults', fault)).status).toBe(400);
  });
});
