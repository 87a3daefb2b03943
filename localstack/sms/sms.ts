import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { GSM_SEPTETS_MAX, isSmsLength, UNICODE_UNITS_MAX } from '../../lib/channels/sms/sms-text.ts';
import { type Answer, awsError, json } from '../http/answer.ts';
import type { Inbox } from '../inbox/store.ts';

/** docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2/API_SendTextMessage.html */
interface SendTextMessage {
  DestinationPhoneNumber?: string;
  OriginationIdentity?: string;
  MessageBody?: string;
  MessageType?: string;
  TimeToLive?: number;
  DryRun?: boolean;
  Context?: Record<string, string>;
}

const CONTEXT_MAX = 5;

const refuse = (reason: string, field: string, message: string): Answer => {
  const answer = awsError(400, 'ValidationException', message);
  return {
    ...answer,
    body: JSON.stringify({ ...JSON.parse(answer.body), Reason: reason, Fields: [{ Name: field, Message: message }] }),
  };
};

const fault = (request: SendTextMessage): Answer | undefined => {
  const {
    DestinationPhoneNumber: phone,
    MessageBody: body,
    MessageType: type,
    TimeToLive: ttl,
    Context: context = {},
  } = request;
  if (!phone) return refuse('FIELD_VALIDATION_FAILED', 'DestinationPhoneNumber', 'DestinationPhoneNumber is required');
  if (!/^\+?[1-9][0-9]{1,18}$/.test(phone))
    return refuse(
      'INVALID_PARAMETER',
      'DestinationPhoneNumber',
      'The destination phone number must be in E.164 format',
    );
  if (!body) return refuse('FIELD_VALIDATION_FAILED', 'MessageBody', 'MessageBody is required');
  if (!isSmsLength(body))
    return refuse(
      'INVALID_PARAMETER',
      'MessageBody',
      `MessageBody must not exceed ${GSM_SEPTETS_MAX} GSM characters or ${UNICODE_UNITS_MAX} other characters`,
    );
  if (type !== undefined && type !== 'TRANSACTIONAL' && type !== 'PROMOTIONAL')
    return refuse('UNKNOWN_MESSAGE_TYPE', 'MessageType', 'MessageType must be TRANSACTIONAL or PROMOTIONAL');
  if (ttl !== undefined && !(ttl >= 5 && ttl <= 259_200))
    return refuse('INVALID_PARAMETER', 'TimeToLive', 'TimeToLive must be between 5 and 259200 seconds');
  const pairs = Object.entries(context);
  if (
    pairs.length > CONTEXT_MAX ||
    pairs.some(([key, value]) => !/^\S{1,100}$/.test(key) || !/^(?!\s).{1,800}$/s.test(value))
  )
    return refuse(
      'INVALID_PARAMETER',
      'Context',
      `Context holds at most ${CONTEXT_MAX} pairs, keys to 100 and values to 800 characters`,
    );
  return undefined;
};

/** AWS End User Messaging by AWS JSON 1.0: SendTextMessage into the inbox. */
export const makeSms = (inbox: Inbox) => {
  return async (headers: IncomingHttpHeaders, body: string): Promise<Answer> => {
    const target = headers['x-amz-target'];
    if (target !== 'PinpointSMSVoiceV2.SendTextMessage')
      return awsError(400, 'UnknownOperationException', `${target} is not part of the embedded SMS service`);
    let request: SendTextMessage;
    try {
      request = JSON.parse(body);
    } catch {
      return awsError(400, 'SerializationException', 'The request body is not valid JSON');
    }
    const refused = fault(request);
    if (refused) return refused;
    if (!request.DryRun)
      inbox.add({
        channel: 'sms',
        to: request.DestinationPhoneNumber ?? '',
        subject: undefined,
        body: request.MessageBody ?? '',
        notificationId: request.Context?.notification_id,
        due: request.Context?.due,
      });
    return json(200, { MessageId: randomUUID() }, { 'content-type': 'application/x-amz-json-1.0' });
  };
};
