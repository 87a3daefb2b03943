/** Large but allowed records: are the lists over them answered, and do the jobs over them end? */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Client } from '../../../kit/client.ts';
import { inParallel } from '../../../kit/parallel.ts';
import { create, nextPathOf, type View } from '../../notifications.ts';
import { startReceiver } from '../../receiver-process.ts';
import { type Attack, inSeconds, LARGE, NOTIFICATIONS } from '../attack.ts';

const RECORDS = 30;
const SECONDS = 10;
const TRIES = 3;
const PAGES_MAX = 40;
const ENTITY = 'large';

interface Outcome {
  text: string;
  isMet: boolean;
}

/** A refusal may be of the moment: each request has some tries. */
const ask = async (client: Client, method: string, path: string, body?: unknown): Promise<Answer> => {
  for (let tries = 1; ; tries += 1) {
    const answer = await client.call(method, path, body);
    if (answer.status < 500 || tries === TRIES) return answer;
    await sleep(500);
  }
};

/** Follows `next`; counts the records of all pages. */
const walk = async (client: Client, what: string, path: string): Promise<Outcome> => {
  let next: string | undefined = path;
  let records = 0;
  let pages = 0;
  while (next && pages < PAGES_MAX) {
    const answer = await ask(client, 'GET', next);
    if (answer.status !== 200) return { text: `${what} ${answer.status}`, isMet: false };
    records += (JSON.parse(answer.text) as unknown[]).length;
    pages += 1;
    next = nextPathOf(answer);
  }
  return { text: `${what} ${records} of ${RECORDS} in ${pages} pages`, isMet: records === RECORDS };
};

const dryRun = async (client: Client): Promise<Outcome> => {
  const { status, text } = await ask(client, 'POST', '/api/v1/dead-letters/redrive', { dry_run: true });
  if (status !== 200) return { text: `redrive dry run ${status}`, isMet: false };
  const { matched } = JSON.parse(text) as { matched: number };
  return { text: `redrive dry run matched ${matched}`, isMet: matched === RECORDS };
};

/** Begins it and waits for its end. */
const finish = async (client: Client, what: string, path: string, order: object, endsAt: number): Promise<Outcome> => {
  const ordered = await ask(client, 'POST', path, order);
  if (ordered.status !== 202) return { text: `${what} ${ordered.status}`, isMet: false };
  const { job_id } = JSON.parse(ordered.text) as { job_id: string };
  for (;;) {
    const { text } = await client.call('GET', `${path}/${job_id}`);
    const { status } = JSON.parse(text) as { status: string };
    if (status === 'DONE' || Date.now() > endsAt) return { text: `${what} job ${status}`, isMet: status === 'DONE' };
    await sleep(300);
  }
};

const untilFailed = async (client: Client, id: string): Promise<void> => {
  const endsAt = Date.now() + 20_000;
  for (;;) {
    const { text } = await client.call('GET', `${NOTIFICATIONS}${id}`);
    if ((JSON.parse(text) as View).status === 'FAILED') return;
    if (Date.now() > endsAt) throw new Error(`${id} has not failed within 20 s`);
    await sleep(200);
  }
};

export const largeRecords: Attack = {
  what: `${RECORDS} dead notifications of 250 KB: lists, redrive, erasure`,
  goal: 'every page answered, every job done',
  seconds: SECONDS,
  prepare: async ({ attacker, atEnd }) => {
    const receiver = await startReceiver();
    atEnd(() => receiver.close());
    const record = {
      entity_id: ENTITY,
      webhook_url: `${receiver.origins[0]}/status/410`,
      data: { text: 'x'.repeat(LARGE) },
    };
    await inParallel(RECORDS, 4, async () => {
      const { id } = await create(attacker, { ...record, send_at: inSeconds(0) });
      await untilFailed(attacker, id);
    });
    // The index of what is dead trails the records.
    await sleep(1_500);
    return async () => {
      const endsAt = Date.now() + SECONDS * 1_000;
      const outcomes = [
        await walk(attacker, 'list', `${NOTIFICATIONS}?limit=100`),
        await walk(attacker, 'dead letters', '/api/v1/dead-letters/?limit=100'),
        await dryRun(attacker),
        await finish(attacker, 'redrive', '/api/v1/dead-letters/redrive', {}, endsAt),
        await finish(attacker, 'erasure', '/api/v1/erasure', { entity_id: ENTITY }, endsAt),
      ];
      return { text: outcomes.map(({ text }) => text).join('; '), isMet: outcomes.every(({ isMet }) => isMet) };
    };
  },
};
