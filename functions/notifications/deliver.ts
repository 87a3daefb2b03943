import * as app from '../../lib/app.ts';
import { deliverMessage } from '../../lib/messages.ts';
import { batch } from '../../lib/queue.ts';

export const handler = batch(deliverMessage, (message, invocation) => app.delivery().deliver(message, invocation));
