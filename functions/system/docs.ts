import { ServiceError } from '../../lib/errors.ts';
import { PAGE, swaggerAsset } from '../../lib/http/swagger-assets.ts';
import { openRoute } from '../../lib/http.ts';

/** Swagger UI sets inline styles and draws its icons from data URLs; scripts come from us alone. */
const POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

export const handler = openRoute({ query: 'ignored' }, ({ params: { asset }, headers }) => {
  if (asset === undefined) {
    return {
      raw: { contentType: 'text/html; charset=utf-8', body: PAGE },
      headers: { 'content-security-policy': POLICY },
    };
  }
  const acceptsBrotli = /\bbr\b/.test(headers['accept-encoding'] ?? '');
  const found = swaggerAsset(asset, import.meta.dirname, acceptsBrotli);
  if (!found) throw new ServiceError('not-found', `There is no ${asset} among the documentation's files`);
  return {
    raw: { contentType: found.contentType, body: found.body },
    headers: {
      'cache-control': 'public, max-age=86400',
      vary: 'accept-encoding',
      ...(found.encoding && { 'content-encoding': found.encoding }),
    },
  };
});
