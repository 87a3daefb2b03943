import * as app from '../../lib/app.ts';
import { batch } from '../../lib/queue/pipeline.ts';
import { deliverMessage } from '../../lib/schema/messages.ts';

export const handler = batch(deliverMessage, (message, invocation) => app.delivery().deliver(message, invocation));
