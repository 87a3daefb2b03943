/** Tokens of an issuer, as the gateway sees them: what it refuses does not arrive. */

import { AUDIENCE, ISSUER, type Issuer } from '../../../../../lib/auth/jwt/issuer.testing.ts';
import { expectStatus, expectThat } from '../../../kit/expect.ts';
import { ask } from '../gateway-client.ts';
import type { StandIn } from '../stand-in.ts';
import type { Check } from './check.ts';

export const TOKEN_VALUES = {
  'istio.tokens.enabled': true,
  'auth.mode': 'jwt',
  'auth.jwt.issuer': ISSUER,
  'auth.jwt.audience': AUDIENCE,
};

interface Case {
  name: string;
  token?: () => Promise<string>;
  path?: string;
  status: number;
}

const HOUR_SECONDS = 3_600;

const casesOf = (issuer: Issuer, stranger: Issuer): Case[] => {
  const now = Math.floor(Date.now() / 1_000);
  return [
    { name: 'a token', token: () => issuer.sign(), status: 200 },
    { name: 'no token', status: 403 },
    { name: 'an expired token', token: () => issuer.sign({ exp: now - HOUR_SECONDS }), status: 401 },
    { name: 'another issuer', token: () => issuer.sign({ iss: 'https://other.example.com/' }), status: 401 },
    { name: 'another audience', token: () => issuer.sign({ aud: 'other' }), status: 403 },
    { name: "a stranger's signature", token: () => stranger.sign(), status: 401 },
    { name: 'no token at all', token: async () => 'ens_0123456789', status: 401 },
    { name: 'no token, but by another way to write the path', path: '//api/v1/events/', status: 403 },
    ...['/', '/health', '/health/ready', '/docs', '/docs/index.css', '/openapi.json'].map((path) => ({
      name: `${path} without a token`,
      path,
      status: 200,
    })),
  ];
};

const checkOf = ({ listener, upstream }: StandIn, { name, token, path = '/api/v1/events/', status }: Case): Check => ({
  name,
  run: async () => {
    const before = upstream.arrived(path).length;
    const headers = token && { authorization: `Bearer ${await token()}` };
    const answer = await ask(listener, 'GET', path, headers && { headers });
    expectStatus(answer, status);
    const arrived = upstream.arrived(path).slice(before);
    expectThat(arrived.length === (status === 200 ? 1 : 0), `it arrived ${arrived.length} times`);
    if (headers && arrived[0]) expectThat(arrived[0].headers.authorization !== undefined, 'the token did not go along');
    return status === 200 ? '200, arrived' : `${status} "${answer.text}", not arrived`;
  },
});

/** @param stranger one whose keys the gateway does not know */
export const tokenChecks = (standIn: StandIn, issuer: Issuer, stranger: Issuer): Check[] =>
  casesOf(issuer, stranger).map((one) => checkOf(standIn, one));
