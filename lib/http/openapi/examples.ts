/** What the records look like in answers, and the day that the examples of requests are about. */

/** The first day of a month, two to three months after `now`: the document changes once a month. */
export const dayAhead = (now: number): string => {
  const today = new Date(now);
  return new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() + 3, 1)).toISOString().slice(0, 10);
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
  Schedule: {
    id: 'sch_01kf3x5m8q2v7w9y4b6d1h3j5n',
    state: 'active',
    cron: '0 9 * * mon-fri',
    timezone: 'Europe/Berlin',
    notification: {
      notification_type: 'custom',
      entity_id: 'team-7',
      email: 'team@example.com',
      subject: 'Open tickets',
      body: 'Please look at your open tickets.',
    },
    next_occurrences: ['2027-05-03T07:00:00.000Z', '2027-05-04T07:00:00.000Z'],
    planned: { id: 'ntf_01kf3x5m8q2v7w9y4b6d1h3j5n', at: '2027-05-03T07:00:00.000Z' },
    made: 1,
    paused: false,
    created_at: '2027-05-01T12:00:00.000Z',
    updated_at: '2027-05-01T12:00:00.000Z',
    version: 1,
  },
};
