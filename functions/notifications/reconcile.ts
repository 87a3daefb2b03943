import * as app from '../../lib/app.ts';
import { reconcileMessage } from '../../lib/messages.ts';
import { batch } from '../../lib/queue.ts';

export const handler = batch(reconcileMessage, async (_message, invocation) => {
  await app.tableFormat().keep();
  await app.reconciling().pass(invocation);
});
