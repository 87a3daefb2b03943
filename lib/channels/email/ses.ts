/** https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html */
import { SESv2Client, SendEmailCommand, type SendEmailCommandInput } from '@aws-sdk/client-sesv2';
import { type AwsConfig, awsFailure, clientOptions } from '../aws/sdk.ts';
import type { Mail, MailTransport } from './mail.ts';

/**
 * About this message or its sender, and the same next time. A paused or suspended account is not:
 * that is lifted.
 */
const HOPELESS = new Set([
  'MessageRejected',
  'MailFromDomainNotVerifiedException',
  'BadRequestException',
  'NotFoundException',
]);

const utf8 = (Data: string) => ({ Data, Charset: 'UTF-8' });

/** SES makes the Message-ID itself, so a duplicate is recognised by `X-Notification-Id`. */
const inputOf = (mail: Mail): SendEmailCommandInput => ({
  FromEmailAddress: mail.from,
  Destination: { ToAddresses: [mail.to] },
  Content: {
    Simple: {
      Subject: utf8(mail.subject),
      Body: { Text: utf8(mail.text) },
      Headers: Object.entries(mail.headers).map(([Name, Value]) => ({ Name, Value })),
    },
  },
  EmailTags: [{ Name: 'notification_id', Value: mail.notificationId }],
});

export const makeSesTransport = (aws: AwsConfig): MailTransport => {
  const client = new SESv2Client(clientOptions(aws));
  return async (mail, signal) => {
    try {
      const { $metadata } = await client.send(new SendEmailCommand(inputOf(mail)), { abortSignal: signal });
      return {
        outcome: 'sent',
        ...($metadata.httpStatusCode !== undefined && { httpStatus: $metadata.httpStatusCode }),
      };
    } catch (error) {
      return awsFailure(error, HOPELESS, signal);
    }
  };
};
