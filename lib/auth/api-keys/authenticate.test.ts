import { beforeEach, describe, expect, it } from 'vitest';
import { unavailable } from '../../aws/unavailable.ts';
import type { ServiceError } from '../../errors.ts';
import { makeTestPorts } from '../../testing/ports.ts';
import type { Authenticate } from '../guard.ts';
import { type ApiKey, created, revoked, rotated } from './api-key.ts';
import { makeApiKeyAuthenticate } from './authenticate.ts';
import { hashOf, newSecret, tokenOf } from './token.ts';

const ID = `key_${'a'.repeat(26)}`;
const OTHER = `key_${'b'.repeat(26)}`;
const retentionMs = 1_000_000;

let ports: ReturnType<typeof makeTestPorts>;
let stored: Map<string, ApiKey>;
/** Ids, in the order of the reads. */
let reads: string[];
let touches: { id: string; at: number }[];
let table: 'answers' | 'fails' | Promise<void>;
let authenticate: Authenticate;
let secret: string;

const stamp = () => ({ now: ports.clock.now(), writeId: ports.random.token(), retentionMs });
const put = (key: ApiKey) => stored.set(key.id, key);
const change = (step: (key: ApiKey) => ApiKey) => put(step(stored.get(ID) as ApiKey));
const makeProcess = () =>
  makeApiKeyAuthenticate({
    ...ports,
    keys: {
      get: async (id) => {
        reads.push(id);
        if (table === 'fails') throw unavailable(new Error('away'));
        await table;
        return stored.get(id);
      },
      touch: async (id, at) => {
        touches.push({ id, at });
        if (table === 'fails') throw unavailable(new Error('away'));
      },
    },
  });

beforeEach(() => {
  ports = makeTestPorts();
  stored = new Map();
  reads = [];
  touches = [];
  table = 'answers';
  secret = newSecret();
  const input = { name: 'n', scopes: ['events:read'] as const, rateLimit: 7 };
  put(created({ id: ID, tenant: 'acme', hash: hashOf(secret), input }, stamp()));
  authenticate = makeProcess();
});

const show = (token: string) => authenticate({ authorization: `Bearer ${token}` });
const good = () => tokenOf({ id: ID, secret });
const code = (wanted: string) => expect.objectContaining({ code: wanted });
const refused = code('unauthorized');

describe('a key', () => {
  it('is taken from either header, and is its tenant, scopes and limit', async () => {
    const principal = { id: ID, tenant: 'acme', scopes: ['events:read'], rateLimit: 7 };
    for (const headers of [
      { authorization: `Bearer ${good()}` },
      { authorization: `bearer  ${good()}` },
      { 'x-api-key': good() },
      { 'x-api-key': good(), authorization: `Bearer ${good()}` },
    ]) {
      expect((await authenticate(headers)).principal).toEqual(principal);
    }
    expect(reads).toEqual([ID]);
  });

  it.each<[string, () => Record<string, string>]>([
    ['no header', () => ({})],
    ['another scheme', () => ({ authorization: `Basic ${good()}` })],
    ['no scheme', () => ({ authorization: good() })],
    ['two tokens', () => ({ authorization: `Bearer ${good()} ${good()}` })],
    [
      'two headers that differ',
      () => ({ authorization: `Bearer ${good()}`, 'x-api-key': tokenOf({ id: ID, secret: newSecret() }) }),
    ],
    ['a malformed token', () => ({ 'x-api-key': 'ens_1_2' })],
    ['an empty one', () => ({ 'x-api-key': '' })],
  ])('401 without a read for %s', async (_, headers) => {
    await expect(authenticate(headers())).rejects.toEqual(refused);
    expect(reads).toEqual([]);
  });

  it('401 alike for an unknown id, another secret, a revoked and an expired one; the log has the reason', async () => {
    const messages = new Set<string>();
    const reasons: (string | undefined)[] = [];
    const refuse = async (token: string) => {
      const error = await show(token).then(
        () => undefined,
        (thrown: unknown) => thrown as ServiceError,
      );
      reasons.push(error?.reason);
      messages.add(JSON.stringify([error?.message, error?.headers]));
      authenticate = makeProcess();
    };
    await refuse(tokenOf({ id: OTHER, secret }));
    await refuse(tokenOf({ id: ID, secret: newSecret() }));
    change((key) => ({ ...key, expiresAt: ports.clock.now() }));
    await refuse(good());
    change((key) => revoked(key, stamp()));
    await refuse(good());
    expect(reasons).toEqual(['unknown_key', 'wrong_secret', 'expired', 'revoked']);
    expect([...messages]).toEqual([
      JSON.stringify([
        'unauthorized: The credentials are not valid, or no longer.',
        { 'www-authenticate': 'Bearer realm="event-notification-service", error="invalid_token"' },
      ]),
    ]);
  });
});

describe('what is remembered', () => {
  it('spares reads for 30 s, and concurrent lookups are one read', async () => {
    await Promise.all(Array.from({ length: 20 }, () => show(good())));
    ports.clock.pass(29_000);
    await show(good());
    expect(reads).toHaveLength(1);
    ports.clock.pass(1_000);
    await show(good());
    expect(reads).toHaveLength(2);
  });

  it('does not outlive a revocation by more than 30 s, nor by more than 60 s in an outage', async () => {
    await show(good());
    change((key) => revoked(key, stamp()));
    ports.clock.pass(30_000);
    await expect(show(good())).rejects.toEqual(refused);

    stored.clear();
    put(created({ id: ID, tenant: 'acme', hash: hashOf(secret), input: { name: 'n', scopes: [] } }, stamp()));
    authenticate = makeProcess();
    await show(good());
    table = 'fails';
    ports.clock.pass(59_999);
    await show(good());
    ports.clock.pass(1);
    await expect(show(good())).rejects.toEqual(code('unavailable'));
  });

  it('expires with the key, whatever its age', async () => {
    change((key) => ({ ...key, expiresAt: ports.clock.now() + 1_000 }));
    await show(good());
    ports.clock.advance(1_000);
    await expect(show(good())).rejects.toEqual(refused);
  });

  it('asks a table that does not answer only rarely while there is something to go on with', async () => {
    await show(good());
    table = 'fails';
    ports.clock.pass(31_000);
    for (let n = 0; n < 10; n += 1) await show(good());
    expect(reads).toHaveLength(2);
    ports.clock.pass(2_000);
    await show(good());
    expect(reads).toHaveLength(3);
  });

  it('knows an unknown id for some seconds', async () => {
    const token = tokenOf({ id: OTHER, secret });
    for (let n = 0; n < 10; n += 1) await expect(show(token)).rejects.toEqual(refused);
    expect(reads).toEqual([OTHER]);
    put({ ...(stored.get(ID) as ApiKey), id: OTHER });
    ports.clock.pass(3_000);
    expect((await show(token)).principal.id).toBe(OTHER);
  });

  it('is bounded, and made-up ids displace no known key', async () => {
    await show(good());
    const made = Array.from({ length: 1_500 }, (_, n) => `key_${String(n).padStart(26, '0')}`);
    for (const id of made) await expect(show(tokenOf({ id, secret }))).rejects.toEqual(refused);
    reads = [];
    await show(good());
    await expect(show(tokenOf({ id: made[0] as string, secret }))).rejects.toEqual(refused);
    expect(reads).toEqual([made[0]]);
  });
});

describe('a rotation', () => {
  it('is good at once, also where the key was remembered, while the old secret stays good', async () => {
    await show(good());
    const next = newSecret();
    change((key) => rotated(key, hashOf(next), { ...stamp(), overlapMs: 10_000 }));
    const token = tokenOf({ id: ID, secret: next });
    await Promise.all([show(token), show(token), show(good())]);
    ports.clock.pass(10_000);
    await show(token);
    await expect(show(good())).rejects.toEqual(refused);
  });

  it('makes no read of each guess at a secret', async () => {
    await show(good());
    for (let n = 0; n < 10; n += 1)
      await expect(show(tokenOf({ id: ID, secret: newSecret() }))).rejects.toEqual(refused);
    expect(reads).toHaveLength(1 + 5);
  });

  it('that follows on another, or on a guess, is good at once too', async () => {
    await show(good());
    await expect(show(tokenOf({ id: ID, secret: newSecret() }))).rejects.toEqual(refused);
    for (let times = 0; times < 3; times += 1) {
      const next = newSecret();
      change((key) => rotated(key, hashOf(next), { ...stamp(), overlapMs: 0 }));
      await show(tokenOf({ id: ID, secret: next }));
    }
  });
});

describe('an outage', () => {
  it('503 with nothing remembered: neither a 401 nor access; and then all is well again', async () => {
    table = 'fails';
    await expect(show(good())).rejects.toEqual(code('unavailable'));
    await expect(show(tokenOf({ id: OTHER, secret }))).rejects.toEqual(code('unavailable'));
    table = 'answers';
    await show(good());
  });
});

describe('when it was last used', () => {
  it('is written at most once in 5 minutes, and never in the way', async () => {
    const begun = ports.clock.now();
    await (await show(good())).background;
    ports.clock.pass(299_999);
    expect((await show(good())).background).toBeUndefined();
    ports.clock.pass(1);
    await (await show(good())).background;
    expect(touches).toEqual([
      { id: ID, at: begun },
      { id: ID, at: begun + 300_000 },
    ]);
  });

  it('is not written by a process that reads that another has', async () => {
    change((key) => ({ ...key, lastUsedAt: ports.clock.now() }));
    ports.clock.pass(200_000);
    expect((await show(good())).background).toBeUndefined();
    ports.clock.pass(100_000);
    await (await show(good())).background;
    expect(touches).toHaveLength(1);
  });

  it('is left out, with a line in the log, when it cannot be written', async () => {
    const other = makeApiKeyAuthenticate({
      ...ports,
      keys: { get: async (id) => stored.get(id), touch: () => Promise.reject(new Error('away')) },
    });
    await (await other({ 'x-api-key': good() })).background;
    expect(ports.logged).toEqual([
      expect.objectContaining({ level: 'warn', fields: { key_id: ID, error: 'Error: away' } }),
    ]);
  });
});
