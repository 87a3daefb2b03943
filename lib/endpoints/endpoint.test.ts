import { describe, expect, it } from 'vitest';
import { check } from '../schema/validate.ts';
import { endpointPatchSchema, newEndpointSchema } from './endpoint-requests.ts';

const url = 'https://example.com/hooks';
const headers = (given: Record<string, unknown>) => check(newEndpointSchema, { url, headers: given });
const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`x-${n}`, 'v']));

describe('a new endpoint', () => {
  it('needs a URL alone', () => expect(check(newEndpointSchema, { url }).value).toEqual({ url }));

  it('names its headers in lower case', () => {
    expect(headers({ Authorization: 'Bearer a, b', 'X_own-1': '1' }).value?.headers).toEqual({
      authorization: 'Bearer a, b',
      'x_own-1': '1',
    });
    expect(headers(many(20)).errors).toBeUndefined();
  });

  it.each([
    ...['Host', 'Connection', 'keep-alive', 'Proxy-Authorization', 'TE', 'Trailer', 'Transfer-Encoding', 'upgrade'],
    ...['Expect', 'Content-Length', 'content-type', 'Content-Encoding', 'Webhook-Id', 'webhook-anything', 'USER-AGENT'],
    ...['Traceparent', 'tracestate'],
  ])('may not send the header %s: it is ours', (name) => {
    expect(headers({ [name]: 'v' }).errors).toEqual([
      { pointer: `/headers/${name}`, detail: 'must not be given: the service sets this header' },
    ]);
  });

  it.each(['', ' ', 'a b', 'a:', '1a', 'ä', 'a\r\nb', '_a', 'x'.repeat(65)])('has no such header name (%#)', (name) => {
    expect(headers({ [name]: 'v' }).errors?.[0]?.detail).toContain('must be named by a letter');
  });

  it.each(['', ' a', 'a ', 'a\r\nwebhook-id: b', 'a\u0000', 'ü', 'a\u007f', 'x'.repeat(2_049)])(
    'has no such header value (%#)',
    (value) => expect(headers({ 'x-own': value }).errors?.[0]?.pointer).toBe('/headers/x-own'),
  );

  it('has at most 20 headers, of 6,144 characters in all, each named once', () => {
    expect(headers(many(21)).errors).toEqual([{ pointer: '/headers', detail: 'must be at most 20 headers' }]);
    const long = { a: 'x'.repeat(2_047), b: 'x'.repeat(2_047), c: 'x'.repeat(2_047) };
    expect(headers(long).errors).toBeUndefined();
    expect(headers({ ...long, c: 'x'.repeat(2_048) }).errors).toEqual([
      { pointer: '/headers', detail: 'must be at most 6144 characters in all' },
    ]);
    expect(headers({ 'X-Own': 'a', 'x-own': 'b' }).errors).toEqual([
      { pointer: '/headers/X-Own', detail: 'must be named once' },
      { pointer: '/headers/x-own', detail: 'must be named once' },
    ]);
  });

  it('refuses a body full of names without looking at each', () => {
    // One by one against all others that would be 900 million comparisons, beyond the test's time.
    expect(headers(many(30_000)).errors).toHaveLength(1);
  });

  it.each([
    [{ retry_schedule: [] }, '/retry_schedule'],
    [{ retry_schedule: [0.5] }, '/retry_schedule/0'],
    [{ retry_schedule: [-1] }, '/retry_schedule/0'],
    [{ retry_schedule: [604_801] }, '/retry_schedule/0'],
    [{ retry_schedule: new Array(51).fill(0) }, '/retry_schedule'],
    [{ rate_limit: 0 }, '/rate_limit'],
    [{ rate_limit: 1_001 }, '/rate_limit'],
    [{ max_concurrency: 0 }, '/max_concurrency'],
    [{ max_concurrency: 101 }, '/max_concurrency'],
    [{ description: '' }, '/description'],
    [{ description: 'x'.repeat(501) }, '/description'],
    [{ secret: 'whsec_short' }, '/secret'],
    [{ secret: `whsec_${'A'.repeat(33)}` }, '/secret'],
    [{ state: 'disabled' }, '/state'],
    [{ rate_limit: null }, '/rate_limit'],
  ])('refuses what is out of bounds, by name (%#)', (changes, pointer) => {
    expect(check(newEndpointSchema, { url, ...changes }).errors).toEqual([
      { pointer, detail: expect.any(String) as string },
    ]);
  });
});

describe('a patch', () => {
  it('may remove what is optional, and nothing else', () => {
    const patch = { description: null, headers: null, retry_schedule: null, rate_limit: null, max_concurrency: null };
    expect(check(endpointPatchSchema, patch).value).toEqual(patch);
    expect(check(endpointPatchSchema, { headers: { 'X-Own': null } }).value).toEqual({ headers: { 'x-own': null } });
    const reserved = { headers: { traceparent: null } };
    expect(check(endpointPatchSchema, reserved).value, 'an earlier release took it').toEqual(reserved);
    expect(check(endpointPatchSchema, { url: null }).errors?.[0]?.pointer).toBe('/url');
  });

  it('changes something', () => expect(check(endpointPatchSchema, {}).errors).toHaveLength(1));
  it('cannot set a secret', () =>
    expect(check(endpointPatchSchema, { secret: 'x' }).errors?.[0]?.pointer).toBe('/secret'));
});
