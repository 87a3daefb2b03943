/**
 * `npm run example`: a job as customers of the service have it, against the running stack. 200
 * subscriptions in six time zones are renewed in two to three weeks. Each customer is reminded 7
 * days and 1 day before, at 09:00 of their own time; some move their renewal, some leave. The
 * virtual clock lets the weeks pass, and the inbox shows what arrived. `API_KEY`: for a closed
 * stack.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { CannotUse, type Client, makeClient, urlsOf } from './client.ts';
import { type Mail, wrongOf } from './renewals/check.ts';
import { addDays, makeCustomers, TIMEZONES } from './renewals/customers.ts';
import { cancelReminder, createReminder, LEAD_DAYS, moveReminder, type Reminder } from './renewals/reminders.ts';

export interface Result {
  expected: number;
  arrived: number;
  wrong: string[];
}

const CUSTOMERS = 200;
const AT_ONCE = 8;
const MOVED_BY_DAYS = 3;
/** How many creates are sent twice, as by a client that did not get the first answer. */
const REPEATED = 20;
const PATIENCE_MS = 30_000;

/** `work` for each item, {@link AT_ONCE} of them at a time; the results in the order of the items. */
const forEach = async <T, R>(items: T[], work: (item: T) => Promise<R>): Promise<R[]> => {
  const results: R[] = [];
  const waiting = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of waiting) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
};

type Report = (what: string, number: number) => void;

const setUp = async (client: Client, run: string, report: Report): Promise<Reminder[]> => {
  const today = new Date(await client.now()).toISOString().slice(0, 10);
  const customers = makeCustomers(CUSTOMERS, run, today);
  const wanted = customers.flatMap((customer) => LEAD_DAYS.map((leadDays) => ({ customer, leadDays })));
  const reminders = await forEach(wanted, ({ customer, leadDays }) => createReminder(client, customer, leadDays));
  report('reminders created', reminders.length);

  const again = await forEach(wanted.slice(0, REPEATED), (one) => createReminder(client, one.customer, one.leadDays));
  const doubled = again.filter(({ id }, index) => id !== reminders[index]?.id);
  if (doubled.length > 0) throw new CannotUse(`${doubled.length} reminders were created twice`);
  report('sent again, and the same', again.length);

  const moved = await forEach(
    reminders.filter(({ customer }) => customer.change === 'moves'),
    (reminder) => moveReminder(client, reminder, addDays(reminder.customer.renewsOn, MOVED_BY_DAYS)),
  );
  report('moved', moved.length);
  const leaving = reminders.filter(({ customer }) => customer.change === 'leaves');
  await forEach(leaving, (reminder) => cancelReminder(client, reminder));
  report('canceled', leaving.length);
  return [...reminders.filter(({ customer }) => customer.change === undefined), ...moved];
};

const mailOf = async (client: Client, run: string): Promise<Mail[]> =>
  (await client.inbox()).filter(({ to }) => to.endsWith(`@${run}.example.com`));

/** Returns how many have not arrived after {@link PATIENCE_MS}: the check names them. */
const awaitMail = async (client: Client, run: string, count: number): Promise<number> => {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const missing = count - (await mailOf(client, run)).length;
    if (missing <= 0 || performance.now() >= deadline) return Math.max(0, missing);
    await sleep(25);
  }
};

/** From one due time to the next, so that each reminder arrives at its own. Returns the number of steps. */
const passTime = async (client: Client, run: string, reminders: Reminder[]): Promise<number> => {
  const dueTimes = [...new Set(reminders.map(({ sendAt }) => sendAt))].sort((a, b) => a - b);
  let missing = 0;
  for (const due of dueTimes) {
    const aheadMs = due - (await client.now());
    if (aheadMs > 0) await client.advance(`PT${aheadMs / 1_000}S`);
    const count = reminders.filter(({ sendAt }) => sendAt <= due).length;
    missing += await awaitMail(client, run, count - missing);
  }
  return dueTimes.length;
};

export const runRenewals = async (env: NodeJS.ProcessEnv, print: (text: string) => void): Promise<Result> => {
  const client = makeClient(urlsOf(env));
  const startedAt = performance.now();
  const report: Report = (what, number) => {
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1).padStart(6);
    print(`  ${seconds} s  ${String(number).padStart(5)}  ${what}\n`);
  };
  const run = `run-${randomBytes(4).toString('hex')}`;
  print(`\n  ${CUSTOMERS} customers in ${TIMEZONES.length} time zones, ${LEAD_DAYS.length} reminders each\n\n`);
  const reminders = await setUp(client, run, report);
  report('calls of the API', client.calls());
  report('steps of the virtual clock', await passTime(client, run, reminders));
  const mails = await mailOf(client, run);
  const wrong = wrongOf(reminders, mails);
  report(`mails, of ${reminders.length} expected`, mails.length);
  report('wrong: missing, too many, or not at 09:00 local time', wrong.length);
  for (const line of wrong) print(`             ${line}\n`);
  print(`\n  The inbox: ${client.urls.aws.replace('127.0.0.1', 'localhost')}/_local/inbox\n\n`);
  return { expected: reminders.length, arrived: mails.length, wrong };
};

if (import.meta.main) {
  try {
    const { wrong } = await runRenewals(process.env, (text) => void process.stdout.write(text));
    process.exitCode = wrong.length === 0 ? 0 : 1;
  } catch (error) {
    if (!(error instanceof CannotUse)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
