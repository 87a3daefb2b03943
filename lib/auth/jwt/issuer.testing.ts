/** An issuer of tokens on loopback, with its key set: rotated and taken away as a test tells it. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';

export const ISSUER = 'https://issuer.example.com/';
export const AUDIENCE = 'event-notification-service';

export interface SigningKey {
  kid: string | undefined;
  privateKey: CryptoKey;
  jwk: object;
}

export const startIssuer = async (now: () => number = Date.now) => {
  const state = { up: true, fetched: 0, keys: [] as { jwk: object }[] };
  let made = 0;

  const makeKey = async ({ named = true } = {}): Promise<SigningKey> => {
    made += 1;
    const kid = named ? `kid-${made}` : undefined;
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), ...(kid && { kid }), alg: 'ES256', use: 'sig' } };
  };
  let signing = await makeKey();
  state.keys = [signing];

  let held: Promise<void> = Promise.resolve();
  const server = createServer(async (_, response) => {
    state.fetched += 1;
    await held;
    if (!state.up) response.writeHead(500).end();
    else response.end(JSON.stringify({ keys: state.keys.map(({ jwk }) => jwk) }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    state,
    jwksUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`,
    makeKey,
    /** Requests for the set wait until the returned function is called. */
    hold: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return resolve;
    },
    /** The key that signs from now on; the set has it alone, or along with the earlier ones. */
    rotate: async ({ keep }: { keep: boolean }) => {
      signing = await makeKey();
      state.keys = [signing, ...(keep ? state.keys : [])];
    },
    /** By the newest key unless another is given. An `undefined` claim is left out. */
    sign: (claims: Record<string, unknown> = {}, by = signing): Promise<string> => {
      const seconds = Math.floor(now() / 1_000);
      const all = { iss: ISSUER, aud: AUDIENCE, sub: 'client-1', iat: seconds, exp: seconds + 300, ...claims };
      const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
      const header = { alg: 'ES256', ...(by.kid && { kid: by.kid }) };
      return new SignJWT(given).setProtectedHeader(header).sign(by.privateKey);
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};
export type Issuer = Awaited<ReturnType<typeof startIssuer>>;
