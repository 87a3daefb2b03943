/** What the example asks of the API about single reminders: to create, find and edit them. */
import { type Answer, CannotUse, type Client } from '../client.ts';
import { type Customer, moved } from './customers.ts';

export interface Reminder {
  customer: Customer;
  leadDays: number;
  id: string;
}

/** A reminder that is not created yet. */
type Wanted = Omit<Reminder, 'id'>;
type Results = { results: { id?: string; status: number }[] };

export const LEAD_DAYS = [7, 1];
const LAST_LEAD_DAYS = Math.min(...LEAD_DAYS);
const EARLIER_LEAD_DAYS = 3;
/** Local, of every renewal and so of every reminder. */
export const RENEWAL_TIME = '09:00';
/** Of the API, in one request. */
const BATCH = 100;
const TRIES = 3;
const TYPE = 'subscription.renewal';
export const NOTIFICATIONS = '/api/v1/notifications';

export const subjectOf = (leadDays: number): string => `Your subscription renews in ${leadDays} day(s)`;
/** `{{target_date}}` is the day of the renewal as it is when the mail is sent. */
const BODY = 'On {{target_date}} your subscription is renewed.';
export const bodyOf = (renewsOn: string): string => BODY.replace('{{target_date}}', renewsOn);
export const groupOf = ({ id }: Customer): string => `subscription:${id}`;

export const isToBeEarlier = ({ customer, leadDays }: Reminder): boolean =>
  customer.change === 'earlier' && leadDays === LAST_LEAD_DAYS;

/** As it is to arrive after the customer's change; none for who leaves. */
export const expectedOf = (reminder: Reminder): Reminder[] => {
  const { customer } = reminder;
  if (customer.change === 'leaves') return [];
  if (customer.change === 'moves') return [{ ...reminder, customer: moved(customer) }];
  return [isToBeEarlier(reminder) ? { ...reminder, leadDays: EARLIER_LEAD_DAYS } : reminder];
};

export const expectStatus = <T>(wanted: number, { status, body }: Answer<T>): T => {
  if (status === wanted) return body;
  throw new CannotUse(`The API answered ${status}, not ${wanted}: ${JSON.stringify(body)}`);
};

/** The key makes it safe to send a batch again when its answer was lost. */
const itemOf = ({ customer, leadDays }: Wanted) => ({
  idempotency_key: `${customer.id}/${customer.renewsOn}/${leadDays}`,
  notification_type: TYPE,
  entity_id: customer.id,
  group: groupOf(customer),
  email: customer.email,
  target_date: `${customer.renewsOn}T${RENEWAL_TIME}`,
  timezone: customer.timezone,
  lead_time_days: leadDays,
  subject: subjectOf(leadDays),
  body: BODY,
});

/** At most {@link BATCH}, in the same order. Where an item is answered 503, sends the same batch again. */
export const createBatch = async (client: Client, wanted: Wanted[], tries = TRIES): Promise<Reminder[]> => {
  const answer = await client.call<Results>('POST', `${NOTIFICATIONS}/batch`, { items: wanted.map(itemOf) });
  const { results } = expectStatus(200, answer);
  if (tries > 1 && results.some(({ status }) => status === 503)) return createBatch(client, wanted, tries - 1);
  return wanted.map((one, index) => {
    const result = results[index];
    if (result?.status === 201 && result.id !== undefined) return { ...one, id: result.id };
    throw new CannotUse(`A reminder was not created: ${JSON.stringify(result)}`);
  });
};

export const batchesOf = (customers: Customer[]): Wanted[][] => {
  const wanted = customers.flatMap((customer) => LEAD_DAYS.map((leadDays) => ({ customer, leadDays })));
  return Array.from({ length: Math.ceil(wanted.length / BATCH) }, (_, index) =>
    wanted.slice(index * BATCH, (index + 1) * BATCH),
  );
};

/** Time and text, in one change. */
export const remindEarlier = async (client: Client, id: string): Promise<void> => {
  const edit = { lead_time_days: EARLIER_LEAD_DAYS, subject: subjectOf(EARLIER_LEAD_DAYS) };
  expectStatus(200, await client.call('PATCH', `${NOTIFICATIONS}/${id}`, edit));
};

/** When each open reminder is due by what the API says, by id; epoch ms. */
export const dueTimes = async (client: Client): Promise<Map<string, number>> => {
  const query = `notification_type=${TYPE}&status=open&limit=100`;
  const open = await client.list<{ id: string; send_at: string }>(`${NOTIFICATIONS}/?${query}`);
  return new Map(open.map(({ id, send_at }) => [id, Date.parse(send_at)]));
};
