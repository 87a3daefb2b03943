/** SMS by AWS End User Messaging: https://docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2/API_SendTextMessage.html */
import {
  PinpointSMSVoiceV2Client,
  SendTextMessageCommand,
  type SendTextMessageCommandInput,
} from '@aws-sdk/client-pinpoint-sms-voice-v2';
import type { Channel, OutgoingMessage } from '../ports.ts';
import { type AwsConfig, awsFailure, clientOptions } from './aws.ts';

export interface SmsConfig {
  /** Phone number, sender id or pool; without it AWS picks one of the account's. */
  originationIdentity?: string | undefined;
}

/** The API's limit for `MessageBody`, characters. */
const TEXT_MAX = 1_600;
/** Three dots and not an ellipsis, which GSM-7 lacks: one such character doubles the parts that are paid for. */
const MORE = '...';

/**
 * Verdicts about this number or this account. ConflictException covers numbers that opted out, are blocked or not verified;
 * AccessDeniedException a disabled account or one of bad standing. Spent quotas are not among them: they are renewed.
 */
const HOPELESS = new Set([
  'ValidationException',
  'AccessDeniedException',
  'ConflictException',
  'ResourceNotFoundException',
]);

/** The body alone. Beyond 1,600 characters it is cut, never within a character, and ends in three dots. */
export const smsText = (body: string): string => {
  if (body.length <= TEXT_MAX) return body;
  return `${body.slice(0, TEXT_MAX - MORE.length).replace(/[\uD800-\uDBFF]$/, '')}${MORE}`;
};

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
