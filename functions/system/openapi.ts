import { config } from '../../lib/config.ts';
import { openApiDocument } from '../../lib/http/openapi/document.ts';
import { openRoute } from '../../lib/http/pipeline.ts';
import { makeStaticAsset, type StaticAsset } from '../../lib/http/static-asset.ts';
import { clock } from '../../lib/platform/clock.ts';

const assetOf = (now: number): StaticAsset => {
  const document = openApiDocument({ authenticated: config().AUTH_MODE !== 'none', now });
  return makeStaticAsset({
    contentType: 'application/json',
    bytes: () => Buffer.from(JSON.stringify(document)),
    headers: { 'cache-control': 'no-cache' },
  });
};

let latest: { month: string; asset: StaticAsset } | undefined;

/** The due times in its examples move on once a month. */
const current = (): StaticAsset => {
  const now = clock.now();
  const month = new Date(now).toISOString().slice(0, 7);
  if (latest?.month !== month) latest = { month, asset: assetOf(now) };
  return latest.asset;
};

export const handler = openRoute({ query: 'ignored' }, ({ headers }) => current().reply(headers));
