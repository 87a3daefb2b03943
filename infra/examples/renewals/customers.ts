/**
 * The customers of the example, made up: who they are, where they live, and when their subscription
 * is renewed.
 */

export interface Customer {
  id: string;
  email: string;
  /** IANA. */
  timezone: string;
  /** The local day of the renewal, `YYYY-MM-DD`. */
  renewsOn: string;
  /** Moves the renewal on by some days, or leaves; most do neither. */
  change: 'moves' | 'leaves' | undefined;
}

export const TIMEZONES = [
  'Europe/Berlin',
  'America/New_York',
  'America/Sao_Paulo',
  'Asia/Kolkata',
  'Australia/Sydney',
  'Pacific/Auckland',
];
/** Every tenth customer moves, and every tenth leaves. */
const CHANGES: Record<number, Customer['change']> = { 3: 'moves', 7: 'leaves' };
const FIRST_RENEWAL_DAYS = 14;
const RENEWAL_DAYS = 7;

/** @param day `YYYY-MM-DD` */
export const addDays = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

/** @param run part of their addresses, so that each run finds its own mail. @param today `YYYY-MM-DD` */
export const makeCustomers = (count: number, run: string, today: string): Customer[] =>
  Array.from({ length: count }, (_, index) => {
    const id = `customer-${String(index + 1).padStart(3, '0')}`;
    return {
      id,
      email: `${id}@${run}.example.com`,
      timezone: TIMEZONES[index % TIMEZONES.length] ?? 'UTC',
      renewsOn: addDays(today, FIRST_RENEWAL_DAYS + (index % RENEWAL_DAYS)),
      change: CHANGES[index % 10],
    };
  });
