/**
 * `npm run example`: a job as customers of the service have it, against the running stack. 200
 * subscriptions in six time zones are renewed in two to three weeks. Each customer is reminded 7
 * days and 1 day before, at 09:00 of their own time; some move their renewal, some leave, some want
 * the last reminder earlier. The virtual clock lets the weeks pass, and the inbox shows what
 * arrived. `API_KEY`: for a closed stack.
 */
import { randomBytes } from 'node:crypto';
import { CannotUse, type Client, makeClient, urlsOf } from './client.ts';
import { wrongOf } from './renewals/check.ts';
import { cancelAll, moveRenewals } from './renewals/commands.ts';
import { type Customer, makeCustomers, TIMEZONES } from './renewals/customers.ts';
import {
  batchesOf,
  createBatch,
  dueTimes,
  expectedOf,
  isToBeEarlier,
  LEAD_DAYS,
  type Reminder,
  remindEarlier,
} from './renewals/reminders.ts';
import { mailOf, passTime } from './renewals/weeks.ts';

export interface Result {
  expected: number;
  arrived: number;
  wrong: string[];
  /** Of the API. */
  calls: number;
}

const CUSTOMERS = 200;

type Report = (what: string, number: number) => void;

const create = async (client: Client, customers: Customer[], report: Report): Promise<Reminder[]> => {
  const batches = batchesOf(customers);
  const created: Reminder[][] = [];
  for (const batch of batches) created.push(await createBatch(client, batch));
  report(`reminders created, by ${batches.length} requests`, created.flat().length);

  // As a client does that has not got the answer.
  const [lost = []] = batches;
  const again = await createBatch(client, lost);
  const doubled = again.filter(({ id }, index) => id !== created[0]?.[index]?.id);
  if (doubled.length > 0) throw new CannotUse(`${doubled.length} reminders were created twice`);
  report('sent again, and the same', again.length);
  return created.flat();
};

const change = async (client: Client, reminders: Reminder[], report: Report): Promise<void> => {
  const customersWho = (wanted: Customer['change']) => [
    ...new Set(reminders.map(({ customer }) => customer).filter((customer) => customer.change === wanted)),
  ];
  const moving = customersWho('moves');
  await moveRenewals(client, moving);
  report('customers move their renewal', moving.length);
  const leaving = customersWho('leaves');
  await cancelAll(client, leaving);
  report('customers leave', leaving.length);
  const earlier = reminders.filter(isToBeEarlier);
  for (const { id } of earlier) await remindEarlier(client, id);
  report('customers want the last reminder earlier', earlier.length);
};

export const runRenewals = async (env: NodeJS.ProcessEnv, print: (text: string) => void): Promise<Result> => {
  const client = makeClient(urlsOf(env));
  const startedAt = performance.now();
  const report: Report = (what, number) => {
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1).padStart(6);
    print(`  ${seconds} s  ${String(number).padStart(5)}  ${what}\n`);
  };
  const run = `run-${randomBytes(4).toString('hex')}`;
  const today = new Date(await client.now()).toISOString().slice(0, 10);
  print(`\n  ${CUSTOMERS} customers in ${TIMEZONES.length} time zones, ${LEAD_DAYS.length} reminders each\n\n`);

  const created = await create(client, makeCustomers(CUSTOMERS, run, today), report);
  await change(client, created, report);
  const reminders = created.flatMap(expectedOf);
  const dueById = await dueTimes(client);
  const due = reminders.flatMap(({ id }) => dueById.get(id) ?? []);
  report('reminders are open', created.filter(({ id }) => dueById.has(id)).length);
  report('calls of the API', client.calls());

  report('steps of the virtual clock', await passTime(client, run, due));
  const mails = await mailOf(client, run);
  const wrong = wrongOf(reminders, mails);
  report(`mails, of ${reminders.length} expected`, mails.length);
  report('wrong: missing, too many, another text, or not at 09:00 local time', wrong.length);
  for (const line of wrong) print(`             ${line}\n`);
  print(`\n  The inbox: ${client.urls.aws.replace('127.0.0.1', 'localhost')}/_local/inbox\n\n`);
  return { expected: reminders.length, arrived: mails.length, wrong, calls: client.calls() };
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
