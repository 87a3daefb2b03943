import type { IncomingMessage } from 'node:http';
import { metricsText } from '../../telemetry/index.ts';
import { OPEN_METRICS_TYPE, PROMETHEUS_TYPE, prefersOpenMetrics, toOpenMetrics } from '../../telemetry/open-metrics.ts';
import { compressed } from './compress.ts';
import { targetOf } from './event.ts';
import type { Answer } from './unread-answers.ts';

/**
 * `/metrics` is the runtime's own and not in serverless.yml: on AWS, CloudWatch gets the same
 * metrics by the log.
 */
export const isMetrics = ({ url = '/' }: IncomingMessage): boolean => {
  const path = targetOf(url)?.path;
  return path === '/metrics' || path === '/metrics/';
};

export const METRICS_METHODS = 'GET, HEAD';

/**
 * In the format that `asked`, the request's headers, prefers; compressed where that is accepted.
 */
export const metricsAnswer = async (
  asked: Record<string, string | undefined>,
  headers: Record<string, string> = {},
): Promise<Answer> => {
  const isOpenMetrics = prefersOpenMetrics(asked.accept);
  const text = await metricsText();
  const body = Buffer.from(isOpenMetrics ? toOpenMetrics(text) : text);
  const contentType = isOpenMetrics ? OPEN_METRICS_TYPE : PROMETHEUS_TYPE;
  const answer = {
    status: 200,
    headers: { ...headers, 'content-type': contentType, 'content-length': String(body.length) },
    body,
  };
  const { headers: made, ...rest } = await compressed(answer, asked['accept-encoding']);
  return { ...rest, headers: { ...made, vary: 'accept, accept-encoding' } };
};
