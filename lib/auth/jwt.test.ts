import fc from 'fast-check';
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, importJWK, SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeTestPorts } from '../testing/ports.ts';
import type { Authenticate } from './guard.ts';
import { AUDIENCE, ISSUER, type Issuer, startIssuer } from './issuer.testing.ts';
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
const seconds = () => Math.floor(ports.clock.real() / 1_000);

describe('a token', () => {
  it.each<[string, unknown, string[]]>([
    ['words', 'openid events:read events:write', ['events:write', 'events:read']],
    ['a list', ['admin', 'email'], ['admin']],
    ['nothing', undefined, []],
    ['a number', 7, []],
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
    'without a usable tenant (%j) is refused where tenants are told apart',
    async (tenant) => {
      await expect(claim({ org: tenant }, make({ tenantClaim: 'org' }))).rejects.toEqual(refused);
    },
  );

  it('of a person does not put an address into the log', async () => {
    const { id } = await claim({ sub: 'someone@example.com' });
    expect(id).toMatch(/^jwt_[0-9a-z]{26}$/);
    expect((await claim({ sub: 'someone@example.com' })).id).toBe(id);
  });

  it.each<[string, () => Claims]>([
    ['another issuer', () => ({ iss: 'https://issuer.example.com' })],
    ['another audience', () => ({ aud: 'another' })],
    ['no audience', () => ({ aud: undefined })],
    ['no expiry', () => ({ exp: undefined })],
    ['no subject', () => ({ sub: undefined })],
    ['an empty subject', () => ({ sub: '' })],
    ['an expiry 31 s ago', () => ({ exp: seconds() - 31 })],
    ['a begin in 31 s', () => ({ nbf: seconds() + 31 })],
  ])('with %s is refused', async (_, claims) => {
    await expect(claim(claims())).rejects.toEqual(refused);
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

  it('of whatever form is refused in one way, never an error of ours', async () => {
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
        await expect(show(text)).rejects.toEqual(refused);
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

  it('is not fetched for each token that somebody makes up', async () => {
    await claim({});
    const stranger = await startIssuer(ports.clock.real);
    await stranger.rotate({ keep: false });
    const foreign = await stranger.sign();
    await stranger.close();
    ports.clock.pass(10_000);
    for (let n = 0; n < 10; n += 1) await expect(show(foreign)).rejects.toEqual(refused);
    expect(issuer.state.fetched).toBe(1 + 3);
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
