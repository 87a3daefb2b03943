/** The paths of the HTTP API, for the documents and for telling 405 from 404. `routes.test.ts` holds it equal to serverless.yml. */
export const routes = [
  { method: 'GET', path: '/' },
  { method: 'POST', path: '/api/v1/events' },
  { method: 'POST', path: '/api/v1/events/batch' },
  { method: 'GET', path: '/api/v1/events' },
  { method: 'GET', path: '/api/v1/events/{id}' },
  { method: 'POST', path: '/api/v1/notifications' },
  { method: 'GET', path: '/api/v1/notifications' },
  { method: 'GET', path: '/api/v1/notifications/{id}' },
  { method: 'PATCH', path: '/api/v1/notifications/{id}' },
  { method: 'DELETE', path: '/api/v1/notifications/{id}' },
  { method: 'POST', path: '/api/v1/notifications/{id}/stop' },
  { method: 'POST', path: '/api/v1/notifications/{id}/retry' },
  { method: 'POST', path: '/api/v1/endpoints' },
  { method: 'GET', path: '/api/v1/endpoints' },
  { method: 'GET', path: '/api/v1/endpoints/{id}' },
  { method: 'PATCH', path: '/api/v1/endpoints/{id}' },
  { method: 'DELETE', path: '/api/v1/endpoints/{id}' },
  { method: 'POST', path: '/api/v1/endpoints/{id}/rotate-secret' },
  { method: 'POST', path: '/api/v1/endpoints/{id}/disable' },
  { method: 'POST', path: '/api/v1/endpoints/{id}/enable' },
  { method: 'POST', path: '/api/v1/endpoints/{id}/test' },
  { method: 'GET', path: '/api/v1/dead-letters' },
  { method: 'POST', path: '/api/v1/dead-letters/redrive' },
  { method: 'GET', path: '/api/v1/dead-letters/redrive/{job_id}' },
  { method: 'POST', path: '/api/v1/keys' },
  { method: 'GET', path: '/api/v1/keys' },
  { method: 'GET', path: '/api/v1/keys/{id}' },
  { method: 'POST', path: '/api/v1/keys/{id}/rotate' },
  { method: 'DELETE', path: '/api/v1/keys/{id}' },
  { method: 'POST', path: '/api/v1/erasure' },
  { method: 'GET', path: '/api/v1/erasure/{job_id}' },
  { method: 'GET', path: '/health' },
  { method: 'GET', path: '/health/ready' },
  { method: 'GET', path: '/health/live' },
  { method: 'GET', path: '/docs' },
  { method: 'GET', path: '/docs/{asset}' },
  { method: 'GET', path: '/openapi.json' },
] as const;

export const withoutTrailingSlash = (path: string): string =>
  path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;

const matches = (template: string, path: string): boolean => {
  const wanted = template.split('/');
  const given = path.split('/');
  return (
    wanted.length === given.length &&
    wanted.every((part, i) => part === given[i] || (part.startsWith('{') && given[i] !== ''))
  );
};

/**
 * The methods that a path answers to, a literal path before one with parameters; empty when there
 * is no such path.
 */
export const methodsOf = (path: string): string[] => {
  const bare = withoutTrailingSlash(path);
  const literal = routes.filter((route) => route.path === bare);
  const found = literal.length > 0 ? literal : routes.filter((route) => matches(route.path, bare));
  return found.map((route) => route.method);
};
