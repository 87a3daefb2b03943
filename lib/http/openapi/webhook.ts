/** The request that a webhook receiver gets: signed as Standard Webhooks say. */
import * as z from 'zod';
import type { ZodOpenApiOperationObject } from 'zod-openapi';

const time = z.string().meta({ format: 'date-time' });

const message = z
  .object({
    type: z.string().meta({ description: 'The notification type; `endpoint.test` for a test message.' }),
    timestamp: time.meta({ description: 'When it is due, the same on every attempt.' }),
    data: z.object({
      notification_id: z.string(),
      entity_id: z.string(),
      group: z.string().optional(),
      event_id: z.string().optional(),
      target_date: time.optional(),
      send_at: time,
      subject: z.string(),
      body: z.string(),
      data: z.record(z.string(), z.unknown()).optional(),
    }),
  })
  .meta({ id: 'WebhookMessage' });

const headers = z.object({
  'webhook-id': z.string().meta({ description: 'The notification id, the same on every attempt: ignore repetitions.' }),
  'webhook-timestamp': z.string().meta({ description: 'When this attempt was signed, in Unix seconds.' }),
  'webhook-signature': z.string().meta({
    description:
      'Separated by spaces: `v1,` and the base64 HMAC-SHA256 of `{webhook-id}.{webhook-timestamp}.{body}` for each secret; for endpoints also `v1a,` and the base64 ed25519 signature. Accept the request if one fits.',
  }),
});

export const notificationWebhook: ZodOpenApiOperationObject = {
  operationId: 'receiveNotification',
  tags: ['webhooks'],
  security: [],
  summary: 'A notification, sent to its webhook_url or endpoint',
  description:
    'Answer within 15 s. Any 2xx is success. 410 and redirects other than 307 and 308 end the delivery. Everything else, no answer included, is tried again by the retry schedule, not before `Retry-After` where it is given. Redirects are not followed.',
  requestParams: { header: headers },
  requestBody: { required: true, content: { 'application/json': { schema: message } } },
  responses: {
    '2XX': { description: 'Delivered.' },
    '3XX': { description: 'Not followed. 307 and 308 are tried again; any other ends the delivery.' },
    '410': { description: 'Ends the delivery.' },
    '4XX': { description: 'Any but 410 is tried again.' },
    '5XX': { description: 'Tried again.' },
  },
};
