import type { MiddlewareObj } from '@middy/core';
import { flushMetrics } from '../../telemetry/index.ts';
import { flushTraces } from '../../telemetry/tracing.ts';

const flush = async (): Promise<void> => {
  flushMetrics();
  await flushTraces();
};

/** Lambda freezes the process once the batch is answered: metrics and spans are out by then. */
export const flushTelemetry = (): MiddlewareObj => ({ after: flush, onError: flush });
