import { ServiceError } from '../../lib/errors.ts';
import { methodsOf } from '../../lib/http/routes.ts';
import { openRoute } from '../../lib/http.ts';

/** Everything that no other route takes: 404, 405 with `Allow` (RFC 9110, 15.5.6), and OPTIONS on what there is. */
export const handler = openRoute({ query: 'ignored' }, ({ method, path }) => {
  const methods = methodsOf(path);
  if (methods.length === 0 || methods.includes(method)) {
    throw new ServiceError('not-found', 'There is nothing at this path.');
  }
  const allow = [...methods, 'OPTIONS'].join(', ');
  if (method === 'OPTIONS') return { status: 204, headers: { allow } };
  throw new ServiceError('method-not-allowed', `This path takes ${allow}.`, { headers: { allow } });
});
