import { AsyncLocalStorage } from 'node:async_hooks';
import { LogFormatter, Logger, LogItem } from '@aws-lambda-powertools/logger';
import type { LogAttributes, UnformattedAttributes } from '@aws-lambda-powertools/logger/types';
import { lazy } from '../concurrency/lazy.ts';
import { invocationTraceId, processEnvironment } from '../platform/environment.ts';
import type { Log } from './log-interface.ts';
import { loggable } from './loggable.ts';

type Fields = Record<string, unknown>;

export const SERVICE = 'event-notification-service';

const storage = new AsyncLocalStorage<Fields>();

/**
 * Every line that `run` writes, however deep, carries `fields` (ids, never personal data). Nested
 * calls add theirs.
 */
export const withLogFields = <T>(fields: Fields, run: () => T): T =>
  storage.run({ ...storage.getStore(), ...fields }, run);

/** From here on, every line of the call that `withLogFields` wraps carries these too. */
export const addLogFields = (fields: Fields): void => {
  Object.assign(storage.getStore() ?? {}, fields);
};

/** Lambda names a trace for each invocation; X-Ray has those that are sampled. */
const isInXRay = (): boolean => invocationTraceId()?.includes('Sampled=1') ?? false;

/** As Powertools does it, without the sampling rate, always 0, and without reading the environment. */
class Formatter extends LogFormatter {
  override formatAttributes(
    { logLevel: level, message, timestamp, serviceName: service, xRayTraceId }: UnformattedAttributes,
    fields: Fields,
  ): LogItem {
    const xray = xRayTraceId !== undefined && isInXRay() ? { xray_trace_id: xRayTraceId } : {};
    const attributes = { level, message, timestamp: timestamp.toISOString(), service, ...xray };
    return new LogItem({ attributes: { ...attributes, ...fields } as LogAttributes });
  }
}

/** Of LOG_LEVEL, the least urgent first. */
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'critical', 'silent'];

/** Writes all that it gets: in Lambda, the function's own log level would replace one given to Powertools. */
const logger = lazy(() => new Logger({ serviceName: SERVICE, logLevel: 'TRACE', logFormatter: new Formatter() }));
const lowest = lazy(() => LEVELS.indexOf(processEnvironment().logLevel.toLowerCase()));

/**
 * Powertools' own keys are one store per process, and the runtime runs many requests at once: so
 * fields go by the call.
 */
const write = (level: keyof Log) => {
  const urgency = LEVELS.indexOf(level);
  return (message: string, fields?: Fields): void => {
    if (urgency < lowest()) return;
    logger()[level](message, {
      ...storage.getStore(),
      ...fields,
      ...(fields?.error !== undefined && { error: loggable(fields.error) }),
    });
  };
};

export const log: Log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
