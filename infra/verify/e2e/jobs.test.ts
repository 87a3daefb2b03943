/** What a caller does with jobs, on the real stack: order, list, watch, cancel. */
import { expect, test } from 'vitest';
import { until } from '../kit/until.ts';
import { useTestStack } from '../kit/vitest.ts';

const stack = useTestStack();
const JOBS = '/api/v1/jobs/';

interface Job {
  job_id: string;
  kind: string;
  status: string;
  created_at: string;
  started_at?: string;
  finished_at?: string;
}

const order = async (): Promise<Job> => (await stack.api<Job>('POST', '/api/v1/dead-letters/redrive', {})).body;
const jobsOf = async (query: string): Promise<Job[]> => (await stack.api<Job[]>('GET', `${JOBS}?${query}`)).body;
const job = async (id: string): Promise<Job> => (await stack.api<Job>('GET', `${JOBS}${id}`)).body;
const cancel = (id: string) => stack.api<Job>('POST', `${JOBS}${id}/cancel`);

test('four run and the others wait; a canceled one never runs, each other one is done in its turn', async () => {
  const ordered = [];
  for (let count = 0; count < 6; count += 1) ordered.push(await order());
  const statuses = ordered.map(({ status }) => status);
  expect(statuses).toEqual(['RUNNING', 'RUNNING', 'RUNNING', 'RUNNING', 'QUEUED', 'QUEUED']);
  const ids = ordered.map(({ job_id }) => job_id);
  const last = ids.at(-1) ?? '';

  const canceled = await cancel(last);
  expect([canceled.status, canceled.body.status]).toEqual([200, 'CANCELED']);
  expect((await cancel(last)).body).toEqual(canceled.body);
  expect(canceled.body).not.toHaveProperty('started_at');

  const done = await until('the others are done', async () => {
    const found = await jobsOf('status=DONE&kind=redrive');
    return found.length === 5 && found;
  });
  expect(done.map(({ job_id }) => job_id)).toEqual(ids.slice(0, 5).toReversed());
  const waited = done.find(({ job_id }) => job_id === ids[4]);
  expect(Date.parse(waited?.started_at ?? '')).toBeGreaterThan(Date.parse(waited?.created_at ?? ''));
  expect(await job(last)).toEqual(canceled.body);
  expect((await cancel(ids[0] ?? '')).body).toMatchObject({ code: 'already-ended', job_status: 'DONE' });
});

test('an erasure is listed, is the same under both addresses, and is not canceled', async () => {
  const { body } = await stack.api<Job>('POST', '/api/v1/erasure', { email: 'gone@example.com' });
  expect((await cancel(body.job_id)).body).toMatchObject({ code: 'not-cancelable' });
  expect(await jobsOf('kind=erasure')).toMatchObject([{ job_id: body.job_id, kind: 'erasure' }]);
  expect(Object.keys(await job(body.job_id))).toEqual(Object.keys(body));
  expect((await stack.api('GET', `/api/v1/erasure/${body.job_id}`)).body).toMatchObject({ job_id: body.job_id });
});

test('pages end and go on, newest first', async () => {
  const all = await jobsOf('limit=100');
  const seen: Job[] = [];
  let path: string | undefined = `${JOBS}?limit=2`;
  while (path !== undefined) {
    const answer: Awaited<ReturnType<typeof stack.api<Job[]>>> = await stack.api<Job[]>('GET', path);
    seen.push(...answer.body);
    const [, next] = /<[^>]*(\/api\/v1\/[^>]*)>/.exec(answer.headers.get('link') ?? '') ?? [];
    path = next;
  }
  expect(seen).toEqual(all);
  expect(seen.length).toBeGreaterThanOrEqual(7);
});
