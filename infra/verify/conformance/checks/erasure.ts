/** One person's data goes, on demand: by a job that says how far it is. */
import { deepEqual, match, ok } from 'node:assert/strict';
import { inGroup } from '../check.ts';
import { expectProblem, expectStatus, pathOf } from '../expect.ts';
import { ERASURE, type ErasureJob } from '../shapes.ts';

const check = inGroup('erasure');
/** It looks at everything that the tenant has. */
const PATIENCE_MS = 60_000;

export const erasure = [
  check(
    'what is open for a person is canceled, recipient and texts are gone, and no other person’s',
    { timeoutMs: PATIENCE_MS + 30_000 },
    async (service) => {
      const email = `person.${service.tag}@example.com`;
      const [made, other] = [
        await service.create({ email, subject: `For ${email}`, body: 'Something private' }),
        await service.create({ email: `other.${service.tag}@example.com` }),
      ];
      const ordered = await service.api<ErasureJob>('POST', ERASURE, { email });
      if (ordered.status === 403) service.skip('the key does not hold admin, which erases');
      expectStatus(ordered, 202, 'POST /erasure');
      const path = `${ERASURE}/${ordered.body.job_id}`;
      deepEqual(pathOf(ordered.headers.get('location')), path);
      const done = await service.until(
        'the job is done',
        async () => {
          const { body } = await service.api<ErasureJob>('GET', path);
          return body.status === 'DONE' && body;
        },
        { deadlineMs: PATIENCE_MS },
      );
      deepEqual([done.by, done.erased, done.canceled, done.waiting], ['email', 1, 1, 0]);
      match(done.finished_at ?? '', /Z$/);
      ok(!JSON.stringify(done).includes(email), 'the job names whom it was about');
      const erased = await service.read(made.id);
      deepEqual([erased.id, erased.status, erased.created_at], [made.id, 'CANCELED', made.created_at]);
      for (const word of [email, 'private']) ok(!JSON.stringify(erased).includes(word), `${word} is still there`);
      deepEqual((await service.read(other.id)).status === 'CANCELED', false, 'that of another person was canceled');
    },
  ),

  check('an erasure of no person, or of two, is 400; a job that is none is 404', async ({ api }) => {
    const none = await api('POST', ERASURE, {});
    if (none.status !== 403) expectProblem(none, 'validation-failed', ['']);
    const two = await api('POST', ERASURE, { email: 'a@example.com', entity_id: 'a' });
    if (two.status !== 403) expectProblem(two, 'validation-failed', ['']);
    const job = await api('GET', `${ERASURE}/era_none`);
    if (job.status !== 403) expectProblem(job, 'not-found');
  }),
];
