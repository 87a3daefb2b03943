import { config } from '../../lib/config.ts';
import { apiDescription } from '../../lib/http/api-description.ts';
import { DAY, dayAhead } from '../../lib/http/openapi/operation.ts';
import { publicRoute } from '../../lib/http/route.ts';
import { makeStaticAsset, type StaticAsset } from '../../lib/http/static-asset.ts';
import { clock } from '../../lib/platform/clock.ts';

const assetOf = (day: string): StaticAsset =>
  makeStaticAsset({
    contentType: 'application/json',
    bytes: async () => {
      const authenticated = config().AUTH_MODE !== 'none';
      const document = await apiDescription(import.meta.dirname).document({ authenticated });
      return Buffer.from(document.replaceAll(DAY, day));
    },
    headers: { 'cache-control': 'no-cache' },
  });

let latest: { day: string; asset: StaticAsset } | undefined;

/** The due times in its examples move on once a month. */
const current = (): StaticAsset => {
  const day = dayAhead(clock.now());
  if (latest?.day !== day) latest = { day, asset: assetOf(day) };
  return latest.asset;
};

export const handler = publicRoute({ query: 'ignored' }, ({ headers }) => current().reply(headers));
