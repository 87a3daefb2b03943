/** Which keys of an issuer's set signatures may be checked by. */
import { importJWK, type JSONWebKeySet, type JWK } from 'jose';

const KEYS_MAX = 100;
/** RFC 7518, 3.3. */
const RSA_BITS_MIN = 2_048;

/** What a key of this kind is imported for when it does not say. */
const ALGORITHM: Record<string, string> = {
  RSA: 'RS256',
  OKP: 'EdDSA',
  'P-256': 'ES256',
  'P-384': 'ES384',
  'P-521': 'ES512',
};

/** Undefined, or why it cannot be used. */
const problemOf = async (jwk: JWK): Promise<string | undefined> => {
  try {
    const key = await importJWK(jwk, jwk.alg ?? ALGORITHM[jwk.crv ?? ''] ?? ALGORITHM[jwk.kty ?? '']);
    if (key instanceof Uint8Array || key.type !== 'public') return 'not a public key';
    const { modulusLength = RSA_BITS_MIN } = key.algorithm as { modulusLength?: number };
    return modulusLength < RSA_BITS_MIN ? `RSA of ${modulusLength} bits` : undefined;
  } catch {
    return 'not a key';
  }
};

/**
 * Throws when it is no key set at all. A key that cannot be used is left out, so that it does not
 * spoil the others.
 */
export const usableKeys = async (
  set: JSONWebKeySet,
): Promise<{ keys: JWK[]; ignored: { kid: string | undefined; problem: string }[] }> => {
  if (!Array.isArray(set?.keys)) throw new Error('The key set has no list of keys');
  const keys: JWK[] = [];
  const ignored: { kid: string | undefined; problem: string }[] = [];
  for (const jwk of set.keys.filter((key) => key?.use === undefined || key.use === 'sig')) {
    const problem = keys.length < KEYS_MAX ? await problemOf(jwk) : `more than ${KEYS_MAX} keys`;
    if (problem === undefined) keys.push(jwk);
    else if (ignored.length < KEYS_MAX) ignored.push({ kid: jwk?.kid, problem });
  }
  return { keys, ignored };
};
