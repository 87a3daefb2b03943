import * as app from '../../lib/app.ts';
import { scheduleMessage } from '../../lib/messages.ts';
import { batch } from '../../lib/queue.ts';

export const handler = batch(scheduleMessage, (message) => app.scheduling().handle(message));
