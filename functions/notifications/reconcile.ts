import * as app from '../../lib/app.ts';
import { batch } from '../../lib/queue/pipeline.ts';
import { reconcileMessage } from '../../lib/schema/messages.ts';

export const handler = batch(reconcileMessage, async (_message, invocation) => {
  await app.tableFormat().keep();
  await app.reconciling().pass(invocation);
});
