/** What the example asks of the API about a whole subscription or customer, by bulk commands. */
import { setTimeout as sleep } from 'node:timers/promises';
import { CannotUse, type Client } from '../client.ts';
import { type Customer, moved } from './customers.ts';
import { expectStatus, groupOf, LEAD_DAYS, NOTIFICATIONS, RENEWAL_TIME } from './reminders.ts';

interface Job {
  job_id: string;
  status: string;
  changed: number;
}

const PAUSE_MS = 3_000;

const order = async (client: Client, verb: string, body: object, key: string): Promise<Job> => {
  const headers = { 'idempotency-key': key };
  return expectStatus(202, await client.call<Job>('POST', `${NOTIFICATIONS}/${verb}`, body, headers));
};

/** A cancel is done 15 s after it was ordered, at the least. */
const awaitDone = async (client: Client, ordered: Job): Promise<void> => {
  let job = ordered;
  for (;;) {
    if (job.status === 'DONE' && job.changed === LEAD_DAYS.length) return;
    if (job.status !== 'QUEUED' && job.status !== 'RUNNING')
      throw new CannotUse(`A bulk command has not changed ${LEAD_DAYS.length} reminders: ${JSON.stringify(job)}`);
    const answer = await client.call<Job>('GET', `/api/v1/jobs/${job.job_id}`);
    job = expectStatus(200, answer);
    if (job.status !== 'DONE') await sleep(PAUSE_MS);
  }
};

/** They all run at the same time: once the first is done, the others are about to be. */
const awaitAll = async (client: Client, jobs: Job[]): Promise<void> => {
  for (const job of jobs) await awaitDone(client, job);
};

/** Each reminder keeps its own lead, and 09:00 is that of its own zone. */
export const moveRenewals = async (client: Client, customers: Customer[]): Promise<void> => {
  const jobs: Job[] = [];
  for (const customer of customers) {
    const { renewsOn } = moved(customer);
    const body = { group: groupOf(customer), target_date: `${renewsOn}T${RENEWAL_TIME}`, if_past: 'send' };
    jobs.push(await order(client, 'reschedule', body, `${customer.id}/move/${renewsOn}`));
  }
  await awaitAll(client, jobs);
};

/** Returns once nothing more will be sent to them. */
export const cancelAll = async (client: Client, customers: Customer[]): Promise<void> => {
  const jobs: Job[] = [];
  for (const { id } of customers) jobs.push(await order(client, 'cancel', { entity_id: id }, `${id}/leave`));
  await awaitAll(client, jobs);
};
