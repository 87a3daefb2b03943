/**
 * What the standard OTEL_* variables say about tracing, as far as this process and not its SDK
 * decides it.
 */
import * as z from 'zod';
import { oneOf, such, webUrl } from '../../platform/variables.ts';
import { given, problemsOf } from '../settings.ts';

export const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

const isRatio = (text: string): boolean => text.trim() !== '' && Number(text) >= 0 && Number(text) <= 1;

const fields = z.object({
  OTEL_EXPORTER_OTLP_ENDPOINT: webUrl().optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: webUrl().optional(),
  OTEL_EXPORTER_OTLP_PROTOCOL: oneOf('http/protobuf').optional(),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: oneOf('http/protobuf').optional(),
  OTEL_TRACES_EXPORTER: oneOf('otlp').optional(),
  OTEL_TRACES_SAMPLER: oneOf(...SAMPLERS).prefault('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: such(isRatio, 'a number from 0 to 1').prefault('1').transform(Number),
});

export interface TracingSettings {
  sampler: (typeof SAMPLERS)[number];
  ratio: number;
}

type Environment = Record<string, string | undefined>;

const isOn = (environment: Record<string, string>): boolean =>
  (environment.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? environment.OTEL_EXPORTER_OTLP_ENDPOINT) !== undefined &&
  environment.OTEL_TRACES_EXPORTER !== 'none' &&
  environment.OTEL_SDK_DISABLED?.toLowerCase() !== 'true';

/**
 * No `settings`: tracing is off, and the other variables are not looked at, or there are
 * `problems`.
 */
export const readTracingSettings = (environment: Environment): { settings?: TracingSettings; problems: string[] } => {
  const present = given(environment);
  if (!isOn(present)) return { problems: [] };
  const { data, error } = fields.safeParse(present);
  if (!data) return { problems: problemsOf(error) };
  const { OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: ratio } = data;
  return { settings: { sampler, ratio }, problems: [] };
};
