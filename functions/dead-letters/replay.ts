import * as app from '../../lib/app.ts';
import { jobMessage } from '../../lib/messages.ts';
import { batch } from '../../lib/queue.ts';

export const handler = batch(jobMessage, ({ kind, id }, invocation) =>
  (kind === 'erase' ? app.erasing() : app.redrive()).run(id, invocation),
);
