/** Who gets in: API keys, tokens, rate limits, and the routes that ask for them. app.ts hands it on. */
import { apiKeyStore, policy } from '../adapters.ts';
import { makeApiKeyAuthenticate } from '../auth/api-keys/authenticate.ts';
import { keepFirstKey as keepDeclared } from '../auth/api-keys/first-key.ts';
import { makeApiKeyService } from '../auth/api-keys/service.ts';
import { newSecret, type PresentedKey } from '../auth/api-keys/token.ts';
import { jwtSettings, rateLimitOf, tenantRateLimitOf } from '../auth/config.ts';
import { type Authenticate, anyone, makeGuard } from '../auth/guard.ts';
import { alsoByTenant, makeRateLimiter, unlimited } from '../auth/rate-limit/rate-limit.ts';
import { dynamoClient } from '../aws/clients.ts';
import { makeRateCounter } from '../aws/stores/rate-counter.ts';
import { lazy } from '../concurrency/lazy.ts';
import { config } from '../config.ts';
import { makeAuthenticatedRoute } from '../http/route.ts';
import { clock } from '../platform/clock.ts';
import { random } from '../platform/random.ts';
import { omitUndefined } from '../schema/omit-undefined.ts';
import { addLogFields, log, metrics } from '../telemetry/index.ts';

export const apiKeys = /* @__PURE__ */ lazy(() =>
  makeApiKeyService({
    clock,
    random,
    newSecret,
    keys: apiKeyStore(),
    retentionMs: policy().retentionMs,
    keysMax: config().KEYS_MAX,
    ...omitUndefined({ rateLimitMax: rateLimitOf(config()) || tenantRateLimitOf(config()) || undefined }),
  }),
);

/** Resolves when the key that a token declares is there. */
export const keepFirstKey = (key: PresentedKey): Promise<void> =>
  keepDeclared({ keys: apiKeyStore(), clock, random, log, retentionMs: policy().retentionMs }, key);

/** By a dynamic import, which is loaded where it is wanted alone. */
const jwtAuthenticate = /* @__PURE__ */ lazy(async () => {
  const { makeJwtAuthenticate } = await import('../auth/jwt/jwt.ts');
  return makeJwtAuthenticate({ clock, log }, jwtSettings(config()));
});
const authenticate = (): Authenticate => {
  const { AUTH_MODE: mode } = config();
  if (mode === 'none') return anyone;
  if (mode === 'api-key') return makeApiKeyAuthenticate({ keys: apiKeyStore(), clock, log });
  return async (headers) => (await jwtAuthenticate())(headers);
};
const limiter = () => {
  const [limit, tenantLimit] = [rateLimitOf(config()), tenantRateLimitOf(config())];
  const share = makeRateCounter({ client: dynamoClient(), tableName: config().TABLE_NAME, clock });
  const ports = { clock, share, metrics, log };
  // A key may have a limit of its own where there is no other.
  const own = limit === 0 && config().AUTH_MODE !== 'api-key' ? unlimited : makeRateLimiter(ports, limit);
  return tenantLimit === 0 ? own : alsoByTenant(own, ports, tenantLimit);
};
export const guard = /* @__PURE__ */ lazy(() =>
  makeGuard({
    authenticate: authenticate(),
    limiter: limiter(),
    note: ({ tenant, id }) => addLogFields({ tenant, principal: id }),
  }),
);

export const authenticatedRoute = /* @__PURE__ */ makeAuthenticatedRoute({
  guard,
  // Without authentication no caller is known.
  trustsCallersTraces: () => config().TRACE_TRUST_CALLERS && config().AUTH_MODE !== 'none',
  publicUrl: () => config().PUBLIC_URL,
});
