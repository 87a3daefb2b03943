import * as app from '../../lib/app.ts';
import { batch } from '../../lib/queue/pipeline.ts';
import { jobMessage } from '../../lib/schema/messages.ts';

export const handler = batch(jobMessage, ({ kind, id }, invocation) =>
  (kind === 'erase' ? app.erasing() : app.redrive()).run(id, invocation),
);
