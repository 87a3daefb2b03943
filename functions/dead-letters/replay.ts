import * as app from '../../lib/app.ts';
import { batch } from '../../lib/queue/pipeline.ts';
import { jobMessage } from '../../lib/schema/messages.ts';

/** Jobs of every kind, also those that are ordered elsewhere. */
export const handler = batch(jobMessage, ({ id }, invocation) => app.jobRunner().run(id, invocation));
