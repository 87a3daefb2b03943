/**
 * SMS by AWS End User Messaging:
 * https://docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2/API_SendTextMessage.html
 */
import {
  PinpointSMSVoiceV2Client,
  SendTextMessageCommand,
  type SendTextMessageCommandInput,
} from '@aws-sdk/client-pinpoint-sms-voice-v2';
import { type AwsConfig, awsFailure, clientOptions } from '../aws/sdk.ts';
import type { Channel, OutgoingMessage } from '../channel.ts';
import { smsText } from './sms-text.ts';

interface SmsConfig {
  /** Phone number, sender id or pool; without it AWS picks one of the account's. */
  originationIdentity?: string | undefined;
}

/**
 * Verdicts about this number or account: ConflictException covers opted-out, blocked and unverified numbers,
 * AccessDeniedException a disabled account. Spent quotas are renewed, so not among them.
 */
const HOPELESS = new Set([
  'ValidationException',
  'AccessDeniedException',
  'ConflictException',
  'ResourceNotFoundException',
]);

const inputOf = (message: OutgoingMessage, { originationIdentity }: SmsConfig): SendTextMessageCommandInput => ({
  DestinationPhoneNumber: message.to,
  ...(originationIdentity !== undefined && { OriginationIdentity: originationIdentity }),
  MessageBody: smsText(message.body),
  MessageType: 'TRANSACTIONAL',
  Context: {
    notification_id: message.notificationId,
    ...(message.dueAt !== undefined && { due: new Date(message.dueAt).toISOString() }),
  },
});

export const makeSmsChannel = (config: SmsConfig, aws: AwsConfig): Channel => {
  const client = new PinpointSMSVoiceV2Client(clientOptions(aws));
  return {
    name: 'sms',
    async send(message, { signal }) {
      try {
        const { $metadata } = await client.send(new SendTextMessageCommand(inputOf(message, config)), {
          abortSignal: signal,
        });
        return {
          outcome: 'sent',
          ...($metadata.httpStatusCode !== undefined && { httpStatus: $metadata.httpStatusCode }),
        };
      } catch (error) {
        return awsFailure(error, HOPELESS, signal);
      }
    },
  };
};
