/**
 * The customers of the example, made up: who they are, where they live, and when their subscription
 * is renewed.
 */

export interface Customer {
  /** Unique to the run. */
  id: string;
  name: string;
  email: string;
  /** IANA. */
  timezone: string;
  /** The local day of the renewal, `YYYY-MM-DD`. */
  renewsOn: string;
  /** Moves the renewal on by some days, leaves, or wants the last reminder earlier; most do none of it. */
  change: 'moves' | 'leaves' | 'earlier' | undefined;
}

export const TIMEZONES = [
  'Europe/Berlin',
  'America/New_York',
  'America/Sao_Paulo',
  'Asia/Kolkata',
  'Australia/Sydney',
  'Pacific/Auckland',
];
/** Of each 20 customers: 2 move, 2 leave, 1 wants the last reminder earlier. */
const CHANGES: Record<number, Customer['change']> = {
  3: 'moves',
  7: 'leaves',
  9: 'earlier',
  13: 'moves',
  17: 'leaves',
};
const FIRST_RENEWAL_DAYS = 14;
const RENEWAL_DAYS = 7;
const MOVED_BY_DAYS = 3;

/** @param day `YYYY-MM-DD` */
export const addDays = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

export const moved = (customer: Customer): Customer => ({
  ...customer,
  renewsOn: addDays(customer.renewsOn, MOVED_BY_DAYS),
});

/** @param run part of their addresses, so that each run finds its own mail. @param today `YYYY-MM-DD` */
export const makeCustomers = (count: number, run: string, today: string): Customer[] =>
  Array.from({ length: count }, (_, index) => {
    const name = `customer-${String(index + 1).padStart(3, '0')}`;
    return {
      id: `${run}/${name}`,
      name,
      email: `${name}@${run}.example.com`,
      timezone: TIMEZONES[index % TIMEZONES.length] ?? 'UTC',
      renewsOn: addDays(today, FIRST_RENEWAL_DAYS + (index % RENEWAL_DAYS)),
      change: CHANGES[index % 20],
    };
  });
