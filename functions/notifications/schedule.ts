import * as app from '../../lib/app.ts';
import { batch } from '../../lib/queue/pipeline.ts';
import { scheduleMessage } from '../../lib/schema/messages.ts';

export const handler = batch(scheduleMessage, (message) => app.scheduling().handle(message));
