import { describe, expect, it, vi } from 'vitest';
import { useApiDescription } from '../../lib/http/api-description.ts';
import { ownApi } from '../../lib/runtime/serverless/api.ts';
import { apiEvent, lambdaContext } from '../../lib/testing/http-events.ts';
import { handler as docs } from './docs.ts';
import { handler as live } from './live.ts';
import { handler as notFound } from './not-found.ts';
import { handler as welcome } from './welcome.ts';

useApiDescription(await ownApi());

const ask = async (method: string, path: string) => {
  const response = await notFound(apiEvent({ method, path, template: '$default' }), lambdaContext());
  const headers = response.headers as Record<string, string>;
  return {
    status: response.statusCode,
    allow: headers.allow,
    body: response.body ? JSON.parse(response.body) : undefined,
  };
};

it('GET / welcomes', async () => {
  const { body } = await welcome(apiEvent({ method: 'GET', path: '/' }), lambdaContext());
  expect(JSON.parse(body ?? '')).toEqual({ message: 'Welcome to the Event Notification Service API', docs: '/docs' });
});

it('GET /health/live is 200, whatever a prober adds to it', async () => {
  const response = await live(apiEvent({ method: 'GET', path: '/health/live', query: 'from=lb' }), lambdaContext());
  expect(response.statusCode).toBe(200);
});

describe('404', () => {
  it.each([
    ['GET', '/nowhere'],
    ['POST', '/api/v2/events'],
    ['GET', '/docs/deeper/still'],
  ])('%s %s', async (method, path) => {
    expect(await ask(method, path)).toMatchObject({ status: 404, body: { code: 'not-found' } });
  });
});

describe('404, and not what every object has', () => {
  it.each(['constructor', '__proto__', 'toString', 'nothing.js'])('GET /docs/%s', async (asset) => {
    const response = await docs(
      apiEvent({ method: 'GET', path: `/docs/${asset}`, params: { asset } }),
      lambdaContext(),
    );
    expect(response.statusCode).toBe(404);
  });
});

describe('405', () => {
  it.each([
    ['DELETE', '/api/v1/events/', 'POST, GET, HEAD, OPTIONS'],
    ['PUT', '/api/v1/notifications/ntf_1', 'GET, HEAD, PATCH, DELETE, OPTIONS'],
    ['POST', '/', 'GET, HEAD, OPTIONS'],
  ])('%s %s says what is allowed', async (method, path, allow) => {
    expect(await ask(method, path)).toMatchObject({ status: 405, allow, body: { code: 'method-not-allowed' } });
  });
});

it('405 for HEAD on AWS, where API Gateway has no route for it', async () => {
  vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'not-found');
  expect(await ask('HEAD', '/health')).toMatchObject({ status: 405, allow: 'GET, OPTIONS' });
  vi.unstubAllEnvs();
});

describe('204', () => {
  it('OPTIONS on what there is', async () => {
    expect(await ask('OPTIONS', '/health')).toEqual({ status: 204, allow: 'GET, HEAD, OPTIONS', body: undefined });
  });
});
