import type { IncomingMessage } from 'node:http';
import { describe, expect, it, vi } from 'vitest';
import { makeFaults } from '../faults.ts';
import { useLocalApi } from '../testing/use-local-api.ts';
import { type LocalApiParts, makeLocalApi } from './local-api.ts';

const api = useLocalApi();

describe('the clock', () => {
  it('is shown, and advances by an ISO 8601 duration', async () => {
    const before = (await (await api.call('clock')).json()) as { now: string; offset_ms: number };
    const answer = await api.post('clock', { advance: 'PT1H' });
    expect(answer.status).toBe(200);
    const after = (await answer.json()) as typeof before;
    expect(after.offset_ms - before.offset_ms).toBe(3_600_000);
    expect(Date.parse(after.now) - Date.parse(before.now)).toBeGreaterThanOrEqual(3_600_000);
  });

  it.each([
    [{ advance: '-PT1H' }, '/advance', /negative/],
    [{ advance: 'tomorrow' }, '/advance', /ISO 8601/],
    [{ advance: 'PT0S' }, '/advance', /millisecond/],
    [{ advance: 'P500Y' }, '/advance', /100 years/],
    [{}, '/advance', /string/],
    [{ advance: 'P1D', to: 'x' }, '/to', /not a known field/],
    [{ advance: 'P1D', jump: 'yes' }, '/jump', /true or false/],
  ])('answers %j with a 400 that names the field and the rule', async (body, pointer, rule) => {
    const answer = await api.post('clock', body);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(await answer.json()).toMatchObject({
      code: 'validation-failed',
      errors: [{ pointer, detail: expect.stringMatching(rule) }],
    });
  });

  it('makes one advance after the other, and shows up to when the current one goes', async () => {
    const moves: string[] = [];
    const passed = Promise.withResolvers<void>();
    const advance = {
      pass: async (byMs: number) => {
        moves.push(`pass ${byMs}`);
        await passed.promise;
      },
      jump: (byMs: number) => void moves.push(`jump ${byMs}`),
      passingTo: () => Date.parse('2026-12-06T00:00:00Z'),
    };
    const handle = makeLocalApi({
      clock: api.aws.server.clock,
      faults: makeFaults(),
      advance,
    } as unknown as LocalApiParts);
    const url = new URL('http://local/_local/clock');
    const ask = (method: string, body = '') => handle({ method, headers: {} } as IncomingMessage, url, body);
    const answers = ['{"advance":"PT5S"}', '{"advance":"PT1S","jump":true}'].map((body) => ask('POST', body));
    await vi.waitFor(() => expect(moves).toEqual(['pass 5000']));
    expect(JSON.parse((await ask('GET')).body)).toMatchObject({ passing_to: '2026-12-06T00:00:00.000Z' });
    expect(moves).toEqual(['pass 5000']);
    passed.resolve();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200]);
    expect(moves).toEqual(['pass 5000', 'jump 1000']);
  });

  it.each(['', 'null', '[]', '{"advance":'])('answers the body %j with a 400', async (body) => {
    expect(await (await api.post('clock', body)).json()).toMatchObject({ status: 400, code: 'malformed-json' });
  });

  it('refuses a page of another site', async () => {
    for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
      expect((await api.post('clock', { advance: 'PT1H' }, headers)).status).toBe(403);
    }
  });

  it('answers other methods with a 405 that names the allowed ones', async () => {
    const answer = await api.call('clock', { method: 'PUT' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, POST']);
  });
});
