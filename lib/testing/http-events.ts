import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';

export interface RequestFixture {
  method?: string;
  path?: string;
  template?: string;
  query?: string;
  params?: Record<string, string>;
  headers?: Record<string, string>;
  body?: string;
  base64?: boolean;
}

/** An API Gateway HTTP API event (payload 2.0) for tests, as little as a test says and nothing missing. */
export const apiEvent = (request: RequestFixture = {}): APIGatewayProxyEventV2 => {
  const { method = 'POST', path = '/things', template = path, query = '', body } = request;
  return {
    version: '2.0',
    routeKey: template === '$default' ? '$default' : `${method} ${template}`,
    rawPath: path,
    rawQueryString: query,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...request.headers },
    ...(request.params && { pathParameters: request.params }),
    ...(body !== undefined && { body }),
    isBase64Encoded: request.base64 ?? false,
    requestContext: {
      accountId: '000000000000',
      apiId: 'test',
      domainName: 'localhost',
      domainPrefix: 'test',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
      requestId: '0b7cbd4e-3f1c-4d3e-9a58-0d6a5b1c2d3e',
      routeKey: `${method} ${template}`,
      stage: '$default',
      time: '01/Nov/2026:00:00:00 +0000',
      timeEpoch: 1_793_491_200_000,
    },
  };
};

export const lambdaContext = (remainingMs = 10_000): Context => ({
  callbackWaitsForEmptyEventLoop: false,
  functionName: 'test',
  functionVersion: '$LATEST',
  invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:test',
  memoryLimitInMB: '512',
  awsRequestId: '9f0c3c0e-8c52-4f39-8a11-6a2f6f1b7e01',
  logGroupName: '/aws/lambda/test',
  logStreamName: 'test',
  getRemainingTimeInMillis: () => remainingMs,
  done: () => {},
  fail: () => {},
  succeed: () => {},
});
