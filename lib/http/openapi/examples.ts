/** Request bodies that can be sent as they are, and what the records look like in answers. */
/** The first day of a month, two to three months after `now`: the document changes once a month. */
const dayAhead = (now: number): string => {
  const today = new Date(now);
  return new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() + 3, 1)).toISOString().slice(0, 10);
};

/**
 * By operationId.
 * @param now business time, epoch ms: due times lie ahead of it
 */
export const requestExamples = (now: number): Record<string, unknown> => {
  const day = dayAhead(now);
  return {
    publishEvent: {
      type: 'password.expiry',
      payload: { user_id: 123, email: 'user@example.com', expiry_date: day },
      source: 'accounts',
      subject: 'user-123',
    },
    publishEventBatch: [
      {
        specversion: '1.0',
        id: 'order-42-paid',
        source: '/shop',
        type: 'com.example.order.paid',
        subject: 'order-42',
        data: { order_id: 42 },
      },
      {
        specversion: '1.0',
        id: 'order-43-paid',
        source: '/shop',
        type: 'com.example.order.paid',
        data: { order_id: 43 },
      },
    ],
    createNotification: {
      notification_type: 'password.expiry',
      entity_id: 'user-123',
      target_date: `${day}T09:00:00`,
      timezone: 'Europe/Berlin',
      lead_time_days: 7,
      email: 'user@example.com',
      phone: '+4915112345678',
      subject: 'Your password expires soon',
      body: 'Please choose a new password before it expires.',
    },
    rescheduleNotification: { target_date: `${day}T18:00:00`, lead_time_days: 3 },
    createEndpoint: {
      url: 'https://example.com/hooks',
      description: 'Orders',
      headers: { 'x-team': 'orders' },
      retry_schedule: [0, 5, 300, 1800],
      rate_limit: 50,
      max_concurrency: 10,
    },
    patchEndpoint: { description: 'Orders and refunds', rate_limit: 20 },
    rotateEndpointSecret: { overlap_seconds: 3600 },
    enableEndpoint: { replay: false },
    redriveDeadLetters: { kind: 'delivery', notification_type: 'password.expiry', dry_run: true, per_second: 50 },
    erasePerson: { email: 'former.user@example.com' },
    createKey: { name: 'billing', scopes: ['events:write', 'notifications:read'], rate_limit: 50 },
    rotateKey: { overlap_seconds: 3600 },
  };
};

/** By the name of the schema: the same record as in the examples of the requests, some days later. */
export const recordExamples: Record<string, unknown> = {
  Event: {
    id: 'evt_01kf3x5m8q2v7w9y4b6d1h3j5n',
    type: 'password.expiry',
    source: 'accounts',
    subject: 'user-123',
    time: '2027-05-01T12:00:00.000Z',
    payload: { user_id: 123, email: 'user@example.com', expiry_date: '2027-06-01' },
    created_at: '2027-05-01T12:00:00.250Z',
    status: 'PROCESSED',
  },
  Notification: {
    id: 'ntf_01kf3x5m8q2v7w9y4b6d1h3j5n',
    notification_type: 'password.expiry',
    entity_id: 'user-123',
    target_date: '2027-06-01T07:00:00.000Z',
    lead_time_days: 7,
    timezone: 'Europe/Berlin',
    send_at: '2027-05-25T07:00:00.000Z',
    email: 'user@example.com',
    status: 'SENT',
    channels: { email: { state: 'sent', attempts: 1 } },
    attempts: [
      {
        channel: 'email',
        number: 1,
        started_at: '2027-05-25T07:00:00.012Z',
        finished_at: '2027-05-25T07:00:00.180Z',
        lateness_ms: 12,
        outcome: 'sent',
      },
    ],
    sent_at: '2027-05-25T07:00:00.180Z',
    created_at: '2027-05-01T12:00:00.000Z',
    updated_at: '2027-05-25T07:00:00.180Z',
    version: 3,
  },
  Endpoint: {
    id: 'end_01kf3x5m8q2v7w9y4b6d1h3j5n',
    url: 'https://example.com/hooks',
    description: 'Orders',
    header_names: ['x-team'],
    retry_schedule: [0, 5, 300, 1800],
    rate_limit: 50,
    max_concurrency: 10,
    state: 'enabled',
    public_key: 'whpk_vO7n1CqSeXn0c8WJwVb0JfRMyRQO7mjQ3bQ8pVfVY1k=',
    health: { circuit: 'closed', consecutive_failures: 0 },
    created_at: '2027-05-01T12:00:00.000Z',
    updated_at: '2027-05-01T12:00:00.000Z',
    version: 1,
  },
};
