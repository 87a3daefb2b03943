import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeLookup } from './resolve.ts';
import { startNames } from './ssrf.testing.ts';

let names: Awaited<ReturnType<typeof startNames>>;

beforeAll(async () => {
  names = await startNames({
    'both.example': [['203.0.113.7', '2001:db8::7']],
    'alias.example': [[{ alias: 'both.example' }]],
    'a.ipv4-only.example': [['203.0.113.8']],
  });
});
afterAll(() => names.close());

const resolve = (name: string) => promisify(makeLookup({ servers: [names.server] }))(name, {});

it('a name has the addresses of both families, by its aliases too', async () => {
  const both = [
    { address: '203.0.113.7', family: 4 },
    { address: '2001:db8::7', family: 6 },
  ];
  expect(await resolve('both.example')).toEqual(both);
  expect(await resolve('alias.example')).toEqual(both);
});

it('a name without an address is not found', async () => {
  await expect(resolve('nowhere.example')).rejects.toMatchObject({ code: 'ENOTFOUND' });
});

it('a name server that answers no question for IPv6 addresses holds up no name that has others', async () => {
  // So long that the test fails should the answer be waited for.
  const patient = { servers: [names.server], timeoutMs: 60_000, secondTimeoutMs: 60_000 };
  const found = await promisify(makeLookup(patient))('a.ipv4-only.example', {});
  expect(found).toEqual([{ address: '203.0.113.8', family: 4 }]);
});

it('a name server that becomes slow after quick answers is given the whole time of the second try', async () => {
  const slow = await startNames({ 'both.example': [['203.0.113.7', '2001:db8::7']] });
  const options = { servers: [slow.server], timeoutMs: 250, secondTimeoutMs: 20_000 };
  const lookup = promisify(makeLookup(options));
  for (let n = 0; n < 10; n += 1) await lookup('both.example', {});
  slow.slowDown(1_500);
  expect(await lookup('both.example', {})).toContainEqual({ address: '203.0.113.7', family: 4 });
  slow.close();
}, 25_000);

/** Forty names whose server does not answer, and the lookup that they were asked of. */
const hang = (timeoutMs: number) => {
  const lookup = promisify(makeLookup({ servers: [names.server], timeoutMs, secondTimeoutMs: timeoutMs }));
  return { lookup, hanging: Array.from({ length: 40 }, (_, n) => lookup(`h${n}.silent.example`, {})) };
};

it('names whose server does not answer hold up no other name', async () => {
  // So long that none is given up before this is over.
  const { lookup, hanging } = hang(30_000);
  let ended = 0;
  for (const one of hanging)
    one.catch(() => {
      ended += 1;
    });
  expect(await lookup('both.example', {})).toHaveLength(2);
  expect(ended).toBe(0);
});

it('names whose server does not answer are given up', async () => {
  const { hanging } = hang(500);
  for (const result of await Promise.allSettled(hanging))
    expect(result).toMatchObject({ reason: { code: 'ENOTFOUND' } });
}, 20_000);
