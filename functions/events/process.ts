import * as app from '../../lib/app.ts';
import { batch } from '../../lib/queue/pipeline.ts';
import { processMessage } from '../../lib/schema/messages.ts';

export const handler = batch(processMessage, ({ id }) => app.eventProcessing().process(id));
