import { openApiDocument } from '../../lib/http/openapi.ts';
import { makeStaticAsset } from '../../lib/http/static-asset.ts';
import { openRoute } from '../../lib/http.ts';
import { once } from '../../lib/once.ts';

const document = /* @__PURE__ */ once(() =>
  makeStaticAsset({
    contentType: 'application/json',
    bytes: () => Buffer.from(JSON.stringify(openApiDocument())),
    headers: { 'cache-control': 'no-cache' },
  }),
);

export const handler = openRoute({ query: 'ignored' }, ({ headers }) => document().reply(headers));
