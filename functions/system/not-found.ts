import { noRoute, ServiceError } from '../../lib/errors.ts';
import { apiDescription, methodsOf } from '../../lib/http/api-description.ts';
import { publicRoute } from '../../lib/http/route.ts';
import { webhookHandshake } from '../../lib/http/webhook-handshake.ts';
import { processEnvironment } from '../../lib/platform/environment.ts';

/** API Gateway sends HEAD to no route of GET. */
const withHead = (methods: string[]): string[] =>
  processEnvironment().inLambda
    ? methods
    : methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));

/**
 * Everything that no other route takes: 404, 405 with `Allow` (RFC 9110, 15.5.6), and OPTIONS on
 * what there is.
 */
export const handler = publicRoute({ query: 'ignored' }, ({ method, path, headers }) => {
  const methods = withHead(methodsOf(apiDescription(import.meta.dirname).routes(), path));
  if (methods.length === 0 || methods.includes(method)) {
    throw noRoute();
  }
  const allow = [...methods, 'OPTIONS'].join(', ');
  if (method !== 'OPTIONS')
    throw new ServiceError('method-not-allowed', `This path takes ${allow}.`, { headers: { allow } });
  const granted = methods.includes('POST') ? webhookHandshake(path, headers) : undefined;
  return granted ? { status: 200, headers: { allow, ...granted } } : { status: 204, headers: { allow } };
});
