import * as app from '../../lib/app.ts';
import { rawBatch } from '../../lib/queue/pipeline.ts';

export const handler = rawBatch((record) => app.recorder().record(record));
