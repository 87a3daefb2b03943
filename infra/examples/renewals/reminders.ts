/** What the example asks of the API: to create, move and cancel the reminders of a customer. */
import { type Answer, CannotUse, type Client } from '../client.ts';
import type { Customer } from './customers.ts';

export const LEAD_DAYS = [7, 1];
/** Local, of every renewal and so of every reminder. */
export const RENEWAL_TIME = '09:00';
const PATH = '/api/v1/notifications/';

interface Notification {
  id: string;
  send_at: string;
  status: string;
}

export interface Reminder {
  customer: Customer;
  leadDays: number;
  id: string;
  /** Epoch ms, as the API has it. */
  sendAt: number;
}

export const subjectOf = (leadDays: number): string => `Your subscription renews in ${leadDays} day(s)`;

const expectStatus = (wanted: number, { status, body }: Answer<Notification>): Notification => {
  if (status === wanted) return body;
  throw new CannotUse(`The API answered ${status}, not ${wanted}: ${JSON.stringify(body)}`);
};

/**
 * The idempotency key makes it safe to send again when an answer was lost: the second answer names
 * the same reminder.
 */
export const createReminder = async (client: Client, customer: Customer, leadDays: number): Promise<Reminder> => {
  const body = {
    notification_type: 'custom',
    entity_id: customer.id,
    email: customer.email,
    target_date: `${customer.renewsOn}T${RENEWAL_TIME}`,
    timezone: customer.timezone,
    lead_time_days: leadDays,
    subject: subjectOf(leadDays),
    body: `Dear ${customer.id}, on ${customer.renewsOn} your subscription is renewed.`,
  };
  const headers = { 'idempotency-key': `${customer.email}/${customer.renewsOn}/${leadDays}` };
  const made = expectStatus(201, await client.call<Notification>('POST', PATH, body, headers));
  return { customer, leadDays, id: made.id, sendAt: Date.parse(made.send_at) };
};

/** To the customer's new day; the lead stays. */
export const moveReminder = async (client: Client, reminder: Reminder, renewsOn: string): Promise<Reminder> => {
  const body = { target_date: `${renewsOn}T${RENEWAL_TIME}` };
  const moved = expectStatus(200, await client.call<Notification>('PATCH', PATH + reminder.id, body));
  return { ...reminder, customer: { ...reminder.customer, renewsOn }, sendAt: Date.parse(moved.send_at) };
};

/** 200: it has not been sent, and never will be. */
export const cancelReminder = async (client: Client, reminder: Reminder): Promise<void> => {
  expectStatus(200, await client.call<Notification>('DELETE', PATH + reminder.id));
};
