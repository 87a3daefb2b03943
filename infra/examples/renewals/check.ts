/**
 * Whether exactly the right mail arrived at the right local time, with the right day in it. Judged without
 * asking the API when it was due.
 */
import { addDays } from './customers.ts';
import { bodyOf, RENEWAL_TIME, type Reminder, subjectOf } from './reminders.ts';

/** Of a mail in the inbox. */
export interface Mail {
  to: string;
  subject: string | null;
  body: string;
  /** RFC 3339, by the virtual clock. */
  received_at: string;
}

const LATE_MAX_MINUTES = 5;

/** The wall clock of a zone at an instant: `2026-12-13T09:00`. */
export const localTime = (instant: string, timezone: string): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'short' })
    .format(new Date(instant))
    .replace(' ', 'T');

/** Both are of the same zone, without offset. */
const minutesBetween = (from: string, to: string): number => (Date.parse(`${to}Z`) - Date.parse(`${from}Z`)) / 60_000;

const keyOf = (to: string, subject: string | null): string => `${to} "${subject}"`;

const faultOf = ({ customer, leadDays }: Reminder, mails: Mail[]): string | undefined => {
  const [mail] = mails;
  if (mail === undefined) return 'did not arrive';
  if (mails.length > 1) return `arrived ${mails.length} times`;
  const due = `${addDays(customer.renewsOn, -leadDays)}T${RENEWAL_TIME}`;
  const arrived = localTime(mail.received_at, customer.timezone);
  const late = minutesBetween(due, arrived);
  const body = bodyOf(customer.renewsOn);
  if (mail.body.trim() !== body) return `says "${mail.body}", not "${body}"`;
  return late >= 0 && late <= LATE_MAX_MINUTES
    ? undefined
    : `arrived at ${arrived}, not at ${due} (${customer.timezone})`;
};

/** One line for each mail that is missing, too many, too early, too late, or of another text. */
export const wrongOf = (expected: Reminder[], mails: Mail[]): string[] => {
  const arrived = Map.groupBy(mails, ({ to, subject }) => keyOf(to, subject));
  const wrong = expected.flatMap((reminder) => {
    const key = keyOf(reminder.customer.email, subjectOf(reminder.leadDays));
    const fault = faultOf(reminder, arrived.get(key) ?? []);
    arrived.delete(key);
    return fault === undefined ? [] : [`${key} ${fault}`];
  });
  return [...wrong, ...[...arrived.keys()].map((key) => `${key} arrived, and should not`)];
};
