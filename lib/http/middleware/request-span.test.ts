import { afterEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { ServiceError } from '../../errors.ts';
import { batch } from '../../queue/pipeline.ts';
import { makeSampler } from '../../runtime/tracing/sampler.ts';
import { isFailed, type Recorded, recordSpans } from '../../telemetry/tracing.testing.ts';
import { traceFields, useDistrustingSampler } from '../../telemetry/tracing.ts';
import { apiEvent, lambdaContext, type RequestFixture } from '../../testing/http-events.ts';
import { makeHandler } from '../pipeline.ts';
import type { RoutePorts } from '../types.ts';
import { requestSpan } from './request-span.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const traceparent = (flags: string) => `00-${TRACE}-00f067aa0ba902b7-${flags}`;

let recorded: Recorded | undefined;
afterEach(() => recorded?.stop());

interface Options extends Pick<RoutePorts, 'admit'> {
  trustsFlags?: boolean;
}
const answer = async (request: RequestFixture, { trustsFlags = false, ...options }: Options = {}, work = () => {}) => {
  const answerTrace = () => {
    work();
    return { body: traceFields() };
  };
  const ports = { ...options, span: requestSpan(() => trustsFlags) };
  const handler = makeHandler({ query: 'ignored' }, answerTrace, ports);
  return handler(apiEvent({ method: 'GET', ...request }), lambdaContext());
};

const things = { path: '/things/ntf_secret', template: '/things/{id}', query: 'email=user@example.com' };

describe('the span of a request', () => {
  it('is named by its route, and says nothing of path, query and headers', async () => {
    recorded = recordSpans();
    await answer({ ...things, headers: { authorization: 'Bearer secret' } });
    expect(recorded.named('GET /things/{id}').attributes).toEqual({
      'http.request.method': 'GET',
      'http.route': '/things/{id}',
      'http.response.status_code': 200,
    });
  });

  it('of an invented method, or of no route, has a name of the same few', async () => {
    recorded = recordSpans();
    await answer({ ...things, method: 'BREW' });
    await answer({ path: '/no/such/path', template: '$default' });
    expect(recorded.spans().map(({ name }) => name)).toEqual(['HTTP /things/{id}', 'GET']);
    expect(recorded.spans()[0]?.attributes['http.request.method']).toBe('_OTHER');
  });

  it('is failed by our errors, not by those of the caller', async () => {
    recorded = recordSpans();
    await answer({ ...things }, {}, () => {
      throw new ServiceError('not-found', 'There is none.');
    });
    await answer({ ...things }, {}, () => {
      throw new Error('user@example.com');
    });
    const seen = recorded.spans().map((span) => [isFailed(span), span.attributes['http.response.status_code']]);
    expect(seen).toEqual([
      [false, 404],
      [true, 500],
    ]);
  });

  it('is out before the answer of a Lambda function, which is frozen then, and waits for nothing elsewhere', async () => {
    recorded = recordSpans();
    await answer(things);
    expect(recorded.flushes()).toBe(0);
    vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'notificationsGet');
    await answer(things);
    expect(recorded.flushes()).toBe(1);
    const handler = batch(z.object({}), async () => {});
    await handler({ Records: [] }, lambdaContext());
    expect(recorded.flushes()).toBe(2);
    vi.unstubAllEnvs();
  });

  it('is not waited for when its collector does not answer', async () => {
    recorded?.stop();
    recorded = recordSpans(undefined, () => new Promise(() => {}));
    vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'notificationsGet');
    vi.useFakeTimers();
    const answering = answer(things);
    await vi.advanceTimersByTimeAsync(500);
    expect((await answering).statusCode).toBe(200);
    vi.useRealTimers();
    vi.unstubAllEnvs();
  });

  it('is left out while tracing is off, and nothing of the caller is carried on', async () => {
    const { body } = await answer({ ...things, headers: { traceparent: traceparent('01') } });
    expect(body).toBe('{}');
  });
});

describe("the caller's trace", () => {
  const admit: NonNullable<Options['admit']> = async () => ({
    principal: { tenant: 'default', scopes: [], id: 'key_1' },
    headers: {},
    charge: () => undefined,
  });
  const isSampled = async (flags: string, options: Options): Promise<boolean> => {
    recorded?.stop();
    useDistrustingSampler();
    recorded = recordSpans(makeSampler({ sampler: 'parentbased_always_on', ratio: 1 }, () => 'f'.repeat(32)));
    const { body = '{}' } = await answer({ ...things, headers: { Traceparent: traceparent(flags) } }, options);
    expect(JSON.parse(body).traceparent).toContain(TRACE);
    return recorded.spans().length > 0;
  };

  it('goes on; its sampled flag counts only from a known caller, and where the operator says so', async () => {
    expect(await isSampled('00', {})).toBe(true);
    expect(await isSampled('00', { admit })).toBe(true);
    expect(await isSampled('00', { trustsFlags: true })).toBe(true);
    expect(await isSampled('00', { admit, trustsFlags: true })).toBe(false);
    expect(await isSampled('01', { admit, trustsFlags: true })).toBe(true);
  });

  it('of a refused caller is not trusted, and the caller is authenticated once', async () => {
    recorded = recordSpans(makeSampler({ sampler: 'always_on', ratio: 1 }, () => ''));
    let asked = 0;
    const refuse = async () => {
      asked += 1;
      throw new ServiceError('unauthorized', 'Who is it?');
    };
    const request = { ...things, headers: { traceparent: traceparent('00') } };
    const { statusCode } = await answer(request, { admit: refuse, trustsFlags: true });
    expect([statusCode, asked]).toEqual([401, 1]);
    expect(recorded.spans()).toHaveLength(1);
  });
});
