import { generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, importJWK, SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ServiceError } from '../../errors.ts';
import { makeTestPorts } from '../../testing/ports.ts';
import type { Authenticate } from '../guard.ts';
import { AUDIENCE, ISSUER, type Issuer, type SigningKey, startIssuer } from './issuer.testing.ts';
import { makeJwtAuthenticate } from './jwt.ts';

let ports: ReturnType<typeof makeTestPorts>;
let issuer: Issuer;
let authenticate: Authenticate;
type Claims = Record<string, unknown>;
const settings = { issuer: ISSUER, audience: AUDIENCE, scopeClaim: 'scope' };
const make = (changes: object = {}) => makeJwtAuthenticate(ports, { ...settings, jwksUrl: issuer.jwksUrl, ...changes });

beforeEach(async () => {
  ports = makeTestPorts();
  issuer = await startIssuer(ports.clock.real);
  authenticate = make();
});
afterEach(() => issuer.close());

const show = (token: string, by = authenticate) => by({ authorization: `Bearer ${token}` });
const claim = async (claims: Claims, by = authenticate) => (await show(await issuer.sign(claims), by)).principal;
const code = (wanted: string) => expect.objectContaining({ code: wanted });
const refused = code('unauthorized');
const refusedBy = (reason: string) => expect.objectContaining({ code: 'unauthorized', reason });
const laterAgain = expect.objectContaining({
  code: 'unavailable',
  headers: { 'retry-after': expect.stringMatching(/^[1-9]$/) },
});
const claimBy = async (key: SigningKey, claims: Claims = {}) => (await show(await issuer.sign(claims, key))).principal;
const unnamed = () => issuer.makeKey({ named: false });

const weak = generateKeyPairSync('rsa', { modulusLength: 1_024 });
/** By hand, as jose does not sign with such a key. */
const signedByWeak = async () => {
  const [, payload] = (await issuer.sign()).split('.');
  const text = `${Buffer.from(JSON.stringify({ alg: 'RS256', kid: 'weak' })).toString('base64url')}.${payload}`;
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), weak.privateKey).toString('base64url')}`;
};
const seconds = () => Math.floor(ports.clock.real() / 1_000);

describe('a token', () => {
  it.each<[string, unknown, string[]]>([
    ['words', 'openid events:read events:write', ['events:write', 'events:read']],
    ['a list', ['admin', 'email'], ['admin']],
    ['nothing', undefined, []],
    ['something like it', 'events:readers xevents:read ADMIN', []],
  ])('has the scopes that it says in %s, and no other', async (_, scope, wanted) => {
    expect(await claim({ scope })).toEqual({ tenant: 'default', scopes: wanted, id: 'jwt:client-1' });
  });

  it('has its scopes and its tenant in the claims that were configured', async () => {
    const by = make({ scopeClaim: 'permissions', tenantClaim: 'https://example.com/org' });
    const claims = { permissions: ['admin'], scope: 'events:read', 'https://example.com/org': 'acme' };
    expect(await claim(claims, by)).toMatchObject({ tenant: 'acme', scopes: ['admin'] });
  });

  it.each([undefined, '', 'Acme', 'a#n', 'a'.repeat(33), 7, ['acme']])(
    'without a usable tenant (%j) is refused where tenants are separate',
    async (tenant) => {
      await expect(claim({ org: tenant }, make({ tenantClaim: 'org' }))).rejects.toEqual(refusedBy('tenant'));
    },
  );

  it('of a person does not put an address into the log', async () => {
    const { id } = await claim({ sub: 'someone@example.com' });
    expect(id).toMatch(/^jwt_[0-9a-z]{26}$/);
    expect((await claim({ sub: 'someone@example.com' })).id).toBe(id);
  });

  it.each<[string, string, () => Claims]>([
    ['another issuer', 'issuer', () => ({ iss: 'https://issuer.example.com' })],
    ['a list of issuers', 'issuer', () => ({ iss: [ISSUER] })],
    ['another audience', 'audience', () => ({ aud: 'another' })],
    ['no audience', 'audience', () => ({ aud: undefined })],
    ['an audience that is no list of texts', 'audience', () => ({ aud: [AUDIENCE, 7] })],
    ['no expiry', 'claim', () => ({ exp: undefined })],
    ['an expiry that is a text', 'claim', () => ({ exp: '9999999999' })],
    ['a begin that is a list', 'claim', () => ({ nbf: [0] })],
    ['a time of issue that is a text', 'claim', () => ({ iat: 'today' })],
    ['no subject', 'subject', () => ({ sub: undefined })],
    ['an empty subject', 'subject', () => ({ sub: '' })],
    ['an object as its subject', 'subject', () => ({ sub: {} })],
    ['an empty list as its subject', 'subject', () => ({ sub: [] })],
    ['a list as its subject', 'subject', () => ({ sub: ['alice'] })],
    ['a number as its subject', 'subject', () => ({ sub: 7 })],
    ['a subject of 256 characters', 'subject', () => ({ sub: 'a'.repeat(256) })],
    ['a number as its scope', 'claim', () => ({ scope: 7 })],
    ['an object as its scope', 'claim', () => ({ scope: { admin: true } })],
    ['a scope within a list', 'claim', () => ({ scope: [['admin']] })],
    ['an expiry 31 s ago', 'expired', () => ({ exp: seconds() - 31 })],
    ['a begin in 31 s', 'not_yet_valid', () => ({ nbf: seconds() + 31 })],
  ])('with %s is refused, by the reason %s', async (_, reason, claims) => {
    await expect(claim(claims())).rejects.toEqual(refusedBy(reason));
  });

  it('may be 30 s off, by the real clock, which an advance does not move', async () => {
    await claim({ exp: seconds() - 29, nbf: seconds() + 29 });
    ports.clock.advance(365 * 86_400_000);
    await claim({});
  });

  it('that is unsigned, signed by a shared secret, changed, or signed by another key is refused', async () => {
    const [header, payload, signature] = (await issuer.sign({ scope: 'events:read' })).split('.');
    const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const raised = encoded({ ...JSON.parse(Buffer.from(payload ?? '', 'base64url').toString()), scope: 'admin' });
    const publicKey = await importJWK({ ...issuer.state.keys[0]?.jwk }, 'ES256', { extractable: true });
    const asSecret = new TextEncoder().encode(await exportSPKI(publicKey as CryptoKey));
    const claims = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString());
    const confused = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'kid-1' }).sign(asSecret);
    const stranger = await generateKeyPair('ES256', { extractable: true });
    const jwk = await exportJWK(stranger.publicKey);
    const brought = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid: 'kid-1', jwk })
      .sign(stranger.privateKey);
    for (const token of [
      `${encoded({ alg: 'none' })}.${payload}.`,
      `${encoded({ alg: 'none', kid: 'kid-1' })}.${payload}.${signature}`,
      `${header}.${raised}.${signature}`,
      confused,
      brought,
      'a.b.c',
      'token',
      `ens_${'a'.repeat(26)}_${'b'.repeat(43)}`,
    ]) {
      await expect(show(token)).rejects.toEqual(refused);
    }
  });

  it('of any form is refused in one way, never an error of ours', async () => {
    const part = fc.oneof(
      fc.base64String(),
      fc.json().map((text) => Buffer.from(text).toString('base64url')),
    );
    const header = fc
      .record({
        alg: fc.constantFrom('ES256', 'RS256', 'EdDSA', 'none', ''),
        kid: fc.constantFrom('kid-1', 'x'),
        crit: fc.constantFrom(undefined, ['b64']),
      })
      .map((value) => Buffer.from(JSON.stringify(value)).toString('base64url'));
    const token = fc.tuple(fc.oneof(header, part), part, part).map((parts) => parts.join('.'));
    await fc.assert(
      fc.asyncProperty(token, async (text) => {
        const refusal: unknown = await show(text).catch((error: unknown) => error);
        expect(['unauthorized', 'unavailable']).toContain((refusal as ServiceError).code);
      }),
    );
  });

  it('comes in Authorization alone', async () => {
    await expect(authenticate({ 'x-api-key': await issuer.sign() })).rejects.toEqual(refused);
  });
});

describe('the key set', () => {
  it('is fetched once for many, and again for a key it does not have', async () => {
    const tokens = await Promise.all(Array.from({ length: 10 }, () => issuer.sign()));
    await Promise.all(tokens.map((token) => show(token)));
    expect(issuer.state.fetched).toBe(1);
    const old = await issuer.sign();
    await issuer.rotate({ keep: true });
    await claim({});
    await show(old);
    expect(issuer.state.fetched).toBe(2);
    await issuer.rotate({ keep: true });
    await claim({});
  });

  it('is not fetched for each made-up token, and a token of a key that is new meanwhile is 503, never 401', async () => {
    await claim({});
    const stranger = await issuer.makeKey();
    ports.clock.pass(10_000);
    for (let n = 0; n < 3; n += 1) await expect(claimBy(stranger)).rejects.toEqual(refusedBy('unknown_key'));
    await issuer.rotate({ keep: true });
    for (let n = 0; n < 10; n += 1) await expect(claimBy(stranger)).rejects.toEqual(laterAgain);
    await expect(claim({})).rejects.toEqual(laterAgain);
    expect(issuer.state.fetched).toBe(1 + 3);
    ports.clock.pass(3_000);
    await claim({});
    expect(issuer.state.fetched).toBe(1 + 4);
  });

  it('lets a made-up token that names a key of the set be 401 however many there are', async () => {
    const [, , signature] = (await issuer.sign()).split('.');
    const [header, payload] = (await issuer.sign({ sub: 'client-2' })).split('.');
    for (let n = 0; n < 10; n += 1)
      await expect(show(`${header}.${payload}.${signature}`)).rejects.toEqual(refusedBy('signature'));
    expect(issuer.state.fetched).toBe(3);
  });

  it('is fetched again for a signature that fails: a key may be replaced under its name', async () => {
    await claim({});
    const replaced = await issuer.makeKey();
    const jwk = { ...replaced.jwk, kid: 'kid-1' };
    issuer.state.keys = [{ jwk }];
    await claimBy({ ...replaced, kid: 'kid-1' });
  });

  it('lets 32 requests wait for a slow issuer, and none that the set at hand can answer', async () => {
    await claim({});
    const stranger = await issuer.makeKey();
    ports.clock.pass(10_000);
    const release = issuer.hold();
    const tokens = await Promise.all(Array.from({ length: 40 }, () => issuer.sign({}, stranger)));
    const refusals: unknown[] = [];
    const { promise: eightRefused, resolve } = Promise.withResolvers<void>();
    const all = tokens.map(async (token) => {
      await show(token).catch((error: unknown) => refusals.push(error));
      if (refusals.length === 8) resolve();
    });
    await claim({});
    await eightRefused;
    release();
    await Promise.all(all);
    const waited = refusals.splice(8);
    expect(refusals).toEqual(Array(8).fill(laterAgain));
    expect(waited).toEqual(Array(32).fill(refusedBy('unknown_key')));
    expect(issuer.state.fetched).toBeLessThanOrEqual(1 + 3);
  });

  it('forgets what the issuer has taken back within 10 minutes', async () => {
    const old = await issuer.sign({ exp: seconds() + 3_600 });
    await show(old);
    await issuer.rotate({ keep: false });
    ports.clock.pass(600_000);
    await expect(show(old)).rejects.toEqual(refused);
  });

  it('goes on without its issuer for a day, and then 503; with nothing at hand 503 at once', async () => {
    const token = await issuer.sign({ exp: seconds() + 1_000_000 });
    await show(token);
    issuer.state.up = false;
    ports.clock.pass(23 * 3_600_000);
    await show(token);
    await expect(show(token, make())).rejects.toEqual(code('unavailable'));
    ports.clock.pass(3_600_000);
    await expect(show(token)).rejects.toEqual(code('unavailable'));
    issuer.state.up = true;
    ports.clock.pass(10_000);
    await show(token);
  });

  it('503 for a key that it does not have while its issuer does not answer: it may be a new one', async () => {
    await claim({});
    const known = await issuer.sign();
    await issuer.rotate({ keep: true });
    issuer.state.up = false;
    ports.clock.pass(10_000);
    const token = await issuer.sign();
    for (let n = 0; n < 10; n += 1) await expect(show(token)).rejects.toEqual(code('unavailable'));
    await show(known);
    expect(issuer.state.fetched).toBe(2);
    issuer.state.up = true;
    ports.clock.pass(5_000);
    await show(token);
  });
});

describe('a key set without names', () => {
  it('has each of its keys tried, and is fetched again when none fits', async () => {
    const [first, second, third] = [await unnamed(), await unnamed(), await unnamed()];
    issuer.state.keys = [first, second];
    expect(await claimBy(first)).toMatchObject({ id: 'jwt:client-1' });
    await claimBy(second);
    await expect(claimBy(second, { aud: 'another' })).rejects.toEqual(refusedBy('audience'));
    await expect(claimBy(third)).rejects.toEqual(refusedBy('signature'));
    issuer.state.keys = [third];
    await claimBy(third);
    issuer.state.keys = [first];
    await expect(claimBy(first)).rejects.toEqual(laterAgain);
    ports.clock.pass(3_000);
    await claimBy(first);
  });

  it('has 16 of them tried at most', async () => {
    const keys = await Promise.all(Array.from({ length: 18 }, unnamed));
    issuer.state.keys = keys;
    await claimBy(keys[15] as SigningKey);
    await expect(claimBy(keys[16] as SigningKey)).rejects.toEqual(refused);
  });
});

describe('a key that must not be used', () => {
  it.each<[string, () => object]>([
    ['is an RSA key of 1,024 bits', () => weak.publicKey.export({ format: 'jwk' })],
    ['is a private key', () => weak.privateKey.export({ format: 'jwk' })],
    ['is a shared secret', () => ({ kty: 'oct', k: 'c2VjcmV0' })],
    ['is no key', () => ({ kty: 'RSA', n: 7, e: 'AQAB' })],
  ])('as it %s: its tokens are 401, and the other keys go on', async (_, jwk) => {
    issuer.state.keys = [...issuer.state.keys, { jwk: { ...jwk(), kid: 'weak' } }];
    await claimBy(issuer.state.keys[0] as SigningKey);
    for (let n = 0; n < 10; n += 1) await expect(show(await signedByWeak())).rejects.toEqual(refusedBy('unknown_key'));
    expect(ports.logged).toContainEqual(expect.objectContaining({ level: 'warn', message: 'jwks.keys_ignored' }));
  });
});
