/** Bodies in the examples of requests: each can be sent as it is. Short ones are in their handlers. */
import { DAY } from './operation.ts';

export const newEvent = {
  type: 'password.expiry',
  payload: { user_id: 123, email: 'user@example.com', expiry_date: DAY },
  source: 'accounts',
  subject: 'user-123',
};

const paid = (order: number) => ({ type: 'order.paid', source: 'shop', id: `order-${order}-paid`, payload: { order } });
export const eventBatch = { items: [paid(42), paid(43)], on_invalid: 'reject_all' };

const cloudEvent = (order: number) => ({
  specversion: '1.0',
  id: `order-${order}-paid`,
  source: '/shop',
  type: 'com.example.order.paid',
  subject: `order-${order}`,
  data: { order_id: order },
});
export const cloudEvents = [cloudEvent(42), cloudEvent(43)];

export const newNotification = {
  notification_type: 'password.expiry',
  entity_id: 'user-123',
  target_date: `${DAY}T09:00:00`,
  timezone: 'Europe/Berlin',
  lead_time_days: 7,
  email: 'user@example.com',
  phone: '+4915112345678',
  subject: 'Your password expires soon',
  body: 'Please choose a new password before it expires.',
  window: { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', until: '20:00' },
  expires_after: 'P5D',
};

export const notificationBatch = {
  items: ['user-123', 'user-124'].map((user) => ({
    notification_type: 'password.expiry',
    entity_id: user,
    group: 'password-policy-2027',
    target_date: DAY,
    email: `${user}@example.com`,
    idempotency_key: `password-policy-2027-${user}`,
  })),
  on_invalid: 'skip',
};

export const newSchedule = {
  cron: '0 9 * * mon-fri',
  timezone: 'Europe/Berlin',
  notification: {
    notification_type: 'custom',
    entity_id: 'team-7',
    email: 'team@example.com',
    subject: 'Open tickets',
    body: 'Please look at your open tickets.',
  },
};

export const newEndpoint = {
  url: 'https://example.com/hooks',
  description: 'Orders',
  headers: { 'x-team': 'orders' },
  retry_schedule: [0, 5, 300, 1800],
  rate_limit: 50,
  max_concurrency: 10,
};
