import * as app from '../../lib/app.ts';
import { route } from '../../lib/app.ts';
import { redriveSchema, viewRedriveJob } from '../../lib/dead-letters/redrive-job.ts';
import { given } from '../../lib/schema/omit-undefined.ts';

export const handler = route(
  'notifications:write',
  { body: redriveSchema, idempotencyKey: true },
  async ({ body: input, idempotencyKey, tenant }) => {
    if (input.dry_run) return { body: { matched: await app.deadLetters().match({ input, tenant }) } };
    const { job, replayed } = await app.deadLetters().redrive({ input, tenant, ...given({ idempotencyKey }) });
    return {
      status: 202,
      body: viewRedriveJob(job),
      headers: {
        location: `/api/v1/dead-letters/redrive/${job.id}`,
        ...(replayed && { 'idempotent-replayed': 'true' }),
      },
    };
  },
);
