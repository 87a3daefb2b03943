/**
 * What must be known before, or without, a whole configuration: logging, and where the code runs.
 * Free of zod, as every function has it.
 */
export const processEnvironment = () => ({
  logLevel: process.env.LOG_LEVEL || 'INFO',
  /** Tells the metrics of one stage from another's, where they end up in one account. */
  metricsService: process.env.POWERTOOLS_SERVICE_NAME,
  inLambda: process.env.AWS_LAMBDA_FUNCTION_NAME !== undefined,
  endpoint: process.env.AWS_ENDPOINT_URL,
  sqsEndpoint: process.env.AWS_ENDPOINT_URL_SQS || process.env.AWS_ENDPOINT_URL || undefined,
  region: process.env.AWS_REGION ?? 'us-east-1',
});

/**
 * In Lambda, for the calls of this invocation: X-Ray joins what they lead to by it, and Lambda counts chains
 * of invocations. https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
export const invocationTraceId = (): string | undefined => process.env._X_AMZN_TRACE_ID;
