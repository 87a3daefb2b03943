/**
 * Tracing for processes outside Lambda: off, and no SDK loaded, unless the standard OTEL_*
 * variables name an endpoint.
 */
import type { Tracing } from './sdk.ts';
import type { TracingSettings } from './settings.ts';

const OFF: Tracing = { close: async () => {} };

/** @param settings undefined: tracing stays off */
export const startTracing = async (settings: TracingSettings | undefined): Promise<Tracing> =>
  settings ? (await import('./sdk.ts')).startSdk(settings) : OFF;
