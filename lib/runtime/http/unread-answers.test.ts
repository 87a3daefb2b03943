import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { respond } from '../../http/response.ts';
import {
  closeAll,
  get,
  type Handlers,
  LARGE_BYTES,
  post,
  serve,
  textOf,
  until,
  untilMatches,
} from './server.testing.ts';

afterEach(closeAll);

const LARGE = get('/large');
/** Memory for two large answers of one share. */
const limits = { answerBytes: 4 * LARGE_BYTES + 1_000_000 };

/** As if every path began with the tenant that asks. */
const tenantOf = (event: unknown): string => (event as { rawPath: string }).rawPath.split('/')[2] ?? '';
const withTenant = (handler: Handlers[string]): Handlers[string] =>
  Object.assign((...call: Parameters<Handlers[string]>) => handler(...call), {
    authenticate: async (event: unknown) => ({ tenant: tenantOf(event), headers: {}, takesBody: false }),
  });
const large = withTenant(async () => ({ statusCode: 200, headers: {}, body: 'x'.repeat(LARGE_BYTES) }));

describe('unread answers', () => {
  it('are counted until their connection is given up, and then no more', async () => {
    const { open, server } = await serve({ times: { answerTimeoutMs: 300 } });
    const socket = await open(LARGE + LARGE);
    socket.pause();
    await until(() => expect(server.held().answerBytes).toBe(LARGE_BYTES));
    await until(() => expect(server.held()).toEqual({ answers: 0, answerBytes: 0, pipelinedBytes: 0 }));
    expect((await textOf(socket)).length).toBeLessThan(LARGE_BYTES);
  });

  it('are given up after the first of several was read, too', async () => {
    const { open, server } = await serve({ times: { answerTimeoutMs: 300 } });
    const socket = await open(get('/path/first') + LARGE + LARGE);
    await untilMatches(socket, /<\/path\/first>/);
    socket.pause();
    await until(() => expect(server.held().answerBytes).toBe(LARGE_BYTES));
    await until(() => expect(server.held()).toEqual({ answers: 0, answerBytes: 0, pipelinedBytes: 0 }));
  });

  it('hold no more than the budget: more are 503 with Retry-After, small ones never', async () => {
    const { open, server, base, get: ask } = await serve({ limits });
    const readers = [await open(LARGE), await open(LARGE)];
    for (const reader of readers) reader.pause();
    await until(() => expect(server.held().answerBytes).toBe(2 * LARGE_BYTES));
    const refused = await fetch(`${base}/large`);
    expect([refused.status, Number(refused.headers.get('retry-after')) > 0]).toEqual([503, true]);
    expect((await ask('/quick')).status).toBe(200);
    for (const reader of readers) reader.destroy();
    await until(() => expect(server.held().answerBytes).toBe(0));
    expect((await (await ask('/large')).text()).length).toBe(LARGE_BYTES);
  });

  it('lose their connection, the slowest first, when another needs the memory', async () => {
    const { open, server, get: ask } = await serve({ limits, times: { slowAfterMs: 0 } });
    const slowest = await open(LARGE);
    slowest.pause();
    await until(() => expect(server.held().answers).toBe(1));
    const slow = await open(LARGE);
    slow.pause();
    await until(() => expect(server.held().answerBytes).toBe(2 * LARGE_BYTES));
    expect((await (await ask('/large')).text()).length).toBe(LARGE_BYTES);
    expect((await textOf(slowest)).length).toBeLessThan(LARGE_BYTES);
    let bytes = 0;
    for await (const chunk of slow) {
      bytes += chunk.length;
      if (bytes > LARGE_BYTES) break;
    }
  });

  it('of one tenant leave memory for those of another', async () => {
    const { open, server, base } = await serve({ limits }, { large });
    for (const _ of [1, 2]) (await open(get('/large/a'))).pause();
    await until(() => expect(server.held().answerBytes).toBe(2 * LARGE_BYTES));
    expect((await fetch(`${base}/large/a`)).status).toBe(503);
    expect((await (await fetch(`${base}/large/b`)).text()).length).toBe(LARGE_BYTES);
  });

  it('as large as the last ones are expected: memory is reserved before the next is made', async () => {
    const slowRequests: (() => void)[] = [];
    const made = withTenant(async (...call) => {
      await new Promise<void>((resolve) => slowRequests.push(resolve));
      return large(...call);
    });
    const { base } = await serve({ limits }, { large: made });
    const first = fetch(`${base}/large/a`);
    await until(() => slowRequests[0]?.());
    await until(() => expect(slowRequests).toHaveLength(1));
    slowRequests[0]?.();
    await (await first).text();
    const all = Array.from({ length: 10 }, () => fetch(`${base}/large/a`));
    await until(() => expect(slowRequests).toHaveLength(3));
    for (const slowRequest of slowRequests) slowRequest();
    const answers = await Promise.all(all);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, ...Array(8).fill(503)]);
    expect(slowRequests).toHaveLength(3);
    await Promise.all(answers.map((answer) => answer.text()));
  });

  it('to writes are expected as large as the last ones, too: without memory nothing is changed', async () => {
    const handler = vi.fn(large);
    const { open, server, base } = await serve({ limits }, { large: withTenant(handler) });
    const write = (tenant: string) => fetch(`${base}/large/${tenant}`, { method: 'POST' });
    await (await write('a')).text();
    for (const _ of [1, 2]) (await open(post('/large/a', 0))).pause();
    await until(() => expect(server.held().answerBytes).toBe(2 * LARGE_BYTES));
    expect((await write('a')).status).toBe(503);
    expect(handler).toHaveBeenCalledTimes(3);
  });

  it('to writes that were done are sent in any case: the slowest of the largest share lose their connection', async () => {
    const slowRequests: (() => void)[] = [];
    const held = withTenant(async (...call) => {
      await new Promise<void>((resolve) => slowRequests.push(resolve));
      return large(...call);
    });
    const { open, server } = await serve({ limits: { answerBytes: 2 * LARGE_BYTES + 1_000_000 } }, { large: held });
    const sockets: Socket[] = [];
    for (const n of [1, 2, 3]) {
      sockets.push(await open(post('/large/a', 0, '', 'connection: close\r\n')));
      await until(() => expect(slowRequests).toHaveLength(n));
    }
    const begun: number[] = [];
    for (const [n, socket] of sockets.entries()) {
      slowRequests[n]?.();
      const [chunk] = await once(socket, 'data');
      socket.pause();
      begun.push(chunk.length);
    }
    expect(server.held()).toMatchObject({ answers: 2, answerBytes: 2 * LARGE_BYTES });
    const lengthOf = async (n: number) => (begun[n] ?? 0) + (await textOf(sockets[n] as Socket)).length;
    expect(await lengthOf(0)).toBeLessThan(LARGE_BYTES);
    expect(await lengthOf(2)).toBeGreaterThan(LARGE_BYTES);
  });

  it('cost nothing where they are the same buffer for all, and are given up all the same', async () => {
    const body = Buffer.alloc(LARGE_BYTES, 'x');
    const asset = async () => respond({ raw: { contentType: 'text/plain', body } }, 'GET', 'id');
    const { open, server } = await serve({ limits, times: { answerTimeoutMs: 1_000 } }, { asset });
    const readers = await Promise.all(Array.from({ length: 8 }, () => open(get('/asset'))));
    for (const reader of readers) reader.pause();
    await until(() => expect(server.held()).toMatchObject({ answers: 8, answerBytes: 0 }));
    await until(() => expect(server.held().answers).toBe(0));
    for (const reader of readers) expect((await textOf(reader)).length).toBeLessThan(LARGE_BYTES);
  });
});
