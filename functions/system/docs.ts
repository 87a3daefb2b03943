import { lazy } from '../../lib/concurrency/lazy.ts';
import { ServiceError } from '../../lib/errors.ts';
import { publicRoute } from '../../lib/http/route.ts';
import { swaggerAssets } from '../../lib/http/swagger-assets.ts';

const assets = /* @__PURE__ */ lazy(() => swaggerAssets(import.meta.dirname));

export const handler = publicRoute({ query: 'ignored' }, ({ params: { asset }, headers }) => {
  const { page, files } = assets();
  const found = asset === undefined ? page : files.get(asset);
  if (!found) throw new ServiceError('not-found', `There is no ${asset} among the documentation's files`);
  return found.reply(headers);
});
