import { openApiDocument } from '../../lib/http/openapi.ts';
import { route } from '../../lib/http.ts';
import { once } from '../../lib/once.ts';

const text = /* @__PURE__ */ once(() => JSON.stringify(openApiDocument()));

export const handler = route({ query: 'ignored' }, () => ({ raw: { contentType: 'application/json', body: text() } }));
