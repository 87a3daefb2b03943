import * as app from '../../lib/app.ts';
import { processMessage } from '../../lib/messages.ts';
import { batch } from '../../lib/queue.ts';

export const handler = batch(processMessage, ({ id }) => app.eventProcessing().process(id));
