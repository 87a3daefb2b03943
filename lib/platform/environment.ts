/**
 * What must be known before, or without, a whole configuration: logging, and where the code runs.
 * Free of zod, as every function has it.
 */
export const processEnvironment = () => ({
  logLevel: process.env.LOG_LEVEL ?? 'INFO',
  /** Tells the metrics of one stage from another's, where they end up in one account. */
  metricsService: process.env.POWERTOOLS_SERVICE_NAME,
  inLambda: process.env.AWS_LAMBDA_FUNCTION_NAME !== undefined,
  endpoint: process.env.AWS_ENDPOINT_URL,
  sqsEndpoint: process.env.AWS_ENDPOINT_URL_SQS || process.env.AWS_ENDPOINT_URL || undefined,
  region: process.env.AWS_REGION ?? 'us-east-1',
});

/**
 * Of the invocation, for the calls that it makes: X-Ray joins what they lead to by it, and Lambda counts chains of
 * invocations. https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
export const lambdaTraceId = (): string | undefined =>
  process.env.AWS_LAMBDA_FUNCTION_NAME === undefined ? undefined : process.env._X_AMZN_TRACE_ID;
