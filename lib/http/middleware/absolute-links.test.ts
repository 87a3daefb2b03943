import { describe, expect, it, vi } from 'vitest';
import { apiEvent, lambdaContext } from '../../testing/http-events.ts';
import { makeHandler } from '../pipeline.ts';
import { publicRoute } from '../route.ts';
import { baseUrlOf } from './absolute-links.ts';

const baseOf = (headers: Record<string, string>, publicUrl?: string) =>
  baseUrlOf(apiEvent({ method: 'GET' }), headers, publicUrl);

describe('the base of links', () => {
  it.each<[Record<string, string>, string]>([
    [{}, 'http://localhost'],
    [{ host: 'api.example:3000' }, 'http://api.example:3000'],
    [{ host: '[::1]:3000' }, 'http://[::1]:3000'],
    [{ host: 'a.example', 'x-forwarded-proto': 'https' }, 'https://a.example'],
    [
      { host: 'inside', 'x-forwarded-host': 'api.example, inside', 'x-forwarded-proto': 'HTTPS,http' },
      'https://api.example',
    ],
    [{ host: 'a.example', 'x-forwarded-prefix': '/notify/v2/' }, 'http://a.example/notify/v2'],
    [{ host: 'a.example', 'x-forwarded-prefix': '/' }, 'http://a.example'],
  ])('for %j is %s', (headers, base) => {
    expect(baseOf(headers)).toBe(base);
  });

  it.each<Record<string, string>>([
    { 'x-forwarded-host': 'evil.example>; rel="next", <http://x' },
    { 'x-forwarded-host': 'user@evil.example' },
    { 'x-forwarded-host': 'a/b' },
    { 'x-forwarded-host': `${'a'.repeat(300)}.example` },
    { 'x-forwarded-proto': 'javascript' },
    { 'x-forwarded-prefix': '//evil.example' },
    { 'x-forwarded-prefix': '/a/../b' },
    { 'x-forwarded-prefix': '/a?b=c' },
    { 'x-forwarded-prefix': '/a>b' },
    { 'x-forwarded-prefix': `/${'a'.repeat(65)}` },
  ])('leaves out what is none: %j', (headers) => {
    expect(baseOf({ host: 'a.example', ...headers })).toBe('http://a.example');
  });

  it.each([
    ['x-forwarded-prefix', `${'/'.repeat(15_500)}x`],
    ['x-forwarded-prefix', `/a${'/'.repeat(15_500)}`],
    ['x-forwarded-host', 'a'.repeat(15_500)],
  ])('searches no long %s with a regular expression', (name, value) => {
    const { exec } = RegExp.prototype;
    const lengths: number[] = [];
    RegExp.prototype.exec = function (text) {
      lengths.push(text.length);
      return exec.call(this, text);
    };
    try {
      expect(baseOf({ host: 'a.example', [name]: value })).toBe('http://a.example');
    } finally {
      RegExp.prototype.exec = exec;
    }
    expect(lengths.filter((length) => length > 521)).toEqual([]);
    expect(lengths.length).toBeGreaterThan(0);
  });

  it('leaves out one slash at the end of the prefix', () => {
    expect(baseOf({ host: 'a.example', 'x-forwarded-prefix': '/a/b/' })).toBe('http://a.example/a/b');
    expect(baseOf({ host: 'a.example', 'x-forwarded-prefix': '/a//' })).toBe('http://a.example');
  });

  it('is PUBLIC_URL where it is set, whatever the headers say', () => {
    const headers = { host: 'a.example', 'x-forwarded-host': 'b.example' };
    expect(baseOf(headers, 'https://api.example/notify/')).toBe('https://api.example/notify');
  });
});

describe('an answer', () => {
  const link = '</things?cursor=a>; rel="next"';
  const made = publicRoute({}, () => ({ headers: { location: '/things/1', link } }));
  const answer = async (headers: Record<string, string>, stage = '$default', path = '/things') => {
    const event = apiEvent({ method: 'GET', path, headers });
    event.requestContext.stage = stage;
    return (await made(event, lambdaContext())).headers;
  };

  it('carries Location and Link as URLs that lead back through the proxy', async () => {
    const proxied = {
      host: 'pod',
      'X-Forwarded-Host': 'api.example',
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Prefix': '/n',
    };
    expect(await answer(proxied)).toMatchObject({
      location: 'https://api.example/n/things/1',
      link: '<https://api.example/n/things?cursor=a>; rel="next"',
    });
  });

  it('names the stage of API Gateway once', async () => {
    expect(await answer({ 'x-forwarded-proto': 'https', host: 'x.execute-api' }, 'dev')).toMatchObject({
      location: 'https://x.execute-api/dev/things/1',
    });
  });

  it('is made without a look at the base when it carries none of them', async () => {
    const publicUrl = vi.fn(() => 'https://api.example');
    const plain = makeHandler({}, () => ({ headers: { 'cache-control': 'no-store' } }), { publicUrl });
    await plain(apiEvent({ method: 'GET', path: '/things' }), lambdaContext());
    expect(publicUrl).not.toHaveBeenCalled();
  });

  it('keeps relative references where no host can be used', async () => {
    expect(await answer({ host: 'a b' })).toMatchObject({ location: '/things/1', link });
  });
});
