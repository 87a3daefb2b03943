/** A bulk cancel: how soon its first answer comes, how soon it is DONE, and its AWS calls a member. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../kit/client.ts';
import { inParallel } from '../kit/parallel.ts';
import { withAws } from './aws-alone.ts';
import { startLambda } from './lambda.ts';
import { postEvent } from './lambda-events.ts';
import { lambdaSecrets } from './lambda-secrets.ts';
import { create } from './notifications.ts';
import type { Row } from './row.ts';
import { withStack } from './stack.ts';
import { shown } from './stats.ts';
import { tableIndexes } from './table-indexes.ts';
import { makeLedger } from './usage.ts';

const CANCEL = '/api/v1/notifications/cancel';
const COUNTED = 200;
const AT_ONCE = 32;
const GROUP = 'campaign';
const LOOKED_EVERY_MS = 250;

interface Job {
  job_id: string;
  status: string;
  matched: number;
  changed: number;
}

const member = (index: number) => ({
  ...{ notification_type: 'user.signup', entity_id: `user-${index}`, email: 'user@example.com', group: GROUP },
  send_at: new Date(Date.now() + 10 * 86_400_000).toISOString(),
});

const untilDone = async (client: Client, id: string): Promise<Job> => {
  for (;;) {
    const { body } = await client.call<Job>('GET', `/api/v1/jobs/${id}`);
    if (body.status !== 'RUNNING') return body;
    await sleep(LOOKED_EVERY_MS);
  }
};

const timed = (members: number, say: (line: string) => void) =>
  withStack(async ({ client }) => {
    await inParallel(members, AT_ONCE, (index) => create(client, member(index)));
    say(`${members.toLocaleString('en-US')} members`);
    const startedAt = performance.now();
    const { status, body, text } = await client.call<Job>('POST', CANCEL, { group: GROUP });
    const answeredMs = performance.now() - startedAt;
    if (status !== 202) throw new Error(`${status} ${text.slice(0, 300)}`);
    const done = await untilDone(client, body.job_id);
    const doneMs = performance.now() - startedAt;
    if (done.status !== 'DONE' || done.changed !== members) throw new Error(JSON.stringify(done));
    return { answeredMs, doneMs, atOnce: body.changed };
  });

/** Of the request, whose slice is long enough for all of them. */
const countCalls = (): Promise<Record<string, number>> =>
  withAws(async ({ url: awsUrl, dataDir, environment: given }) => {
    const options = {
      awsUrl,
      dataDir,
      environment: { ...given, ...lambdaSecrets },
      ledger: makeLedger(tableIndexes()),
    };
    const maker = await startLambda({ ...options, file: 'functions/notifications/create.ts' });
    const canceler = await startLambda({ ...options, file: 'functions/notifications/bulk-cancel.ts' });
    try {
      for (let index = 0; index < COUNTED; index += 1)
        await maker.invoke(postEvent('/api/v1/notifications/', member(index)));
      const { result } = await canceler.invoke(postEvent(CANCEL, { group: GROUP }));
      const { statusCode, body } = result as { statusCode: number; body: string };
      if (statusCode !== 202 || JSON.parse(body).changed !== COUNTED) throw new Error(`${statusCode} ${body}`);
      return canceler.proxy.usage.calls;
    } finally {
      await maker.close();
      await canceler.close();
    }
  });

export const bulk: Row = async ({ members, say }) => {
  const { answeredMs, doneMs, atOnce } = await timed(members, say);
  const calls = await countCalls();
  const all = Object.values(calls).reduce((total, count) => total + count, 0);
  const listed = Object.entries(calls).map(([name, count]) => `${name} ${count}`);
  const size = members.toLocaleString('en-US');
  return {
    figures: [
      {
        what: `bulk cancel of ${size}: first answer, and DONE`,
        goal: 'stated',
        measured: `${shown(answeredMs)} ms with ${atOnce.toLocaleString('en-US')} canceled; DONE after ${shown(doneMs / 1_000)} s`,
      },
      { what: 'bulk cancel: AWS calls a member', goal: 'stated', measured: shown(all / COUNTED) },
    ],
    notes: [
      `Members 10 days ahead, of one group and as many entities, on the embedded stack; DONE includes the 15 s after which it walks again. Calls of the request's own walk over ${COUNTED}: ${listed.join(', ')}.`,
    ],
  };
};
