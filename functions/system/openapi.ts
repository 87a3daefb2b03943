import { openApiDocument } from '../../lib/http/openapi.ts';
import { openRoute } from '../../lib/http.ts';
import { once } from '../../lib/once.ts';

const text = /* @__PURE__ */ once(() => JSON.stringify(openApiDocument()));

export const handler = openRoute({ query: 'ignored' }, () => ({
  raw: { contentType: 'application/json', body: text() },
}));
