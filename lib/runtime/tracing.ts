/**
 * Tracing for processes outside Lambda: off, and no SDK loaded, unless the standard OTEL_*
 * variables name an endpoint.
 */
import type { TracingSettings } from './tracing-settings.ts';

export interface Tracing {
  /** Exports what is left, and ends. Never rejects. */
  close(): Promise<void>;
}

const OFF: Tracing = { close: async () => {} };

/** @param settings undefined: tracing stays off */
export const startTracing = async (settings: TracingSettings | undefined): Promise<Tracing> =>
  settings ? (await import('./tracing-sdk.ts')).startSdk(settings) : OFF;
