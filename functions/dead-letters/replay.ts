import * as app from '../../lib/app.ts';
import { replayMessage } from '../../lib/messages.ts';
import { batch } from '../../lib/queue.ts';

export const handler = batch(replayMessage, ({ id }, invocation) => app.redrive().run(id, invocation));
