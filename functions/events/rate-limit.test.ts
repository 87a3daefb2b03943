import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { HttpHandler } from '../../lib/http/types.ts';
import { type Backend, invoke, startBackend } from '../handlers.testing.ts';

let backend: Backend;
let publish: HttpHandler;

beforeAll(async () => {
  // One window of the limit, however slow the machine is.
  vi.useFakeTimers({ toFake: ['Date'] });
  backend = await startBackend({ RATE_LIMIT: '5' });
  publish = (await import('./publish.ts')).handler;
});
afterAll(async () => {
  vi.useRealTimers();
  await backend.stop();
});

const post = async (bytes: number, type = 'a.b') => {
  const body = JSON.stringify({ type, payload: { text: 'x'.repeat(bytes) } });
  const { status, headers } = await invoke(publish, { path: '/api/v1/events/', body });
  return [status, /r=(\d+)/.exec(headers.ratelimit ?? '')?.[1]];
};

it('large bodies count as several requests, refused ones too, and the last one let in may go beyond the quota', async () => {
  expect(await post(10)).toEqual([201, '49']);
  expect(await post(40_000)).toEqual([201, '46']);
  expect(await post(40_000, 'not a type')).toEqual([400, '43']);
  expect(await post(400_000)).toEqual([413, '18']);
  expect(await post(250_000)).toEqual([201, '2']);
  expect(await post(250_000)).toEqual([201, '0']);
  expect(await post(10)).toEqual([429, '0']);
});
