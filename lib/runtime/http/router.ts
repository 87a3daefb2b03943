import type { ServerlessDocument } from '../serverless/serverless-yaml.ts';

export interface Match {
  functionName: string;
  /** As API Gateway says it: `GET /things/{id}`, or `$default`. */
  routeKey: string;
  params: Record<string, string>;
}

interface Route {
  functionName: string;
  routeKey: string;
  method: string;
  parts: string[];
}

const routesOf = (document: ServerlessDocument): Route[] =>
  Object.entries(document.functions).flatMap(([functionName, { events }]) =>
    events.flatMap(({ httpApi }) => {
      if (httpApi === undefined) return [];
      if (httpApi === '*') return [{ functionName, routeKey: '$default', method: '*', parts: [] }];
      const method = httpApi.method.toUpperCase();
      return [{ functionName, routeKey: `${method} ${httpApi.path}`, method, parts: httpApi.path.split('/') }];
    }),
  );

const isParam = (part: string): boolean => part.startsWith('{') && part.endsWith('}');

const paramsOf = (route: Route, given: string[]): Record<string, string> | undefined => {
  if (route.parts.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of route.parts.entries()) {
    const value = given[index] ?? '';
    if (isParam(part) && value !== '') params[part.slice(1, -1)] = decodeURIComponent(value);
    else if (part !== value) return undefined;
  }
  return params;
};

/**
 * (method, path) -> the function that takes it: the literal route first, then one with parameters, else
 * `$default`. HEAD goes where GET does. Throws URIError for a broken percent-encoding.
 */
export const makeRouter = (document: ServerlessDocument): ((method: string, path: string) => Match | undefined) => {
  const all = routesOf(document);
  const literal = new Map(all.filter(({ parts }) => !parts.some(isParam)).map((route) => [route.routeKey, route]));
  const patterns = all.filter(({ parts }) => parts.some(isParam));
  const fallback = literal.get('$default');
  const find = (method: string, path: string): Match | undefined => {
    const exact = literal.get(`${method} ${path}`);
    if (exact) return { ...exact, params: {} };
    const given = path.split('/');
    for (const route of patterns) {
      const params = route.method === method ? paramsOf(route, given) : undefined;
      if (params) return { ...route, params };
    }
    return undefined;
  };
  // A route of API Gateway takes one method, and one more for each HEAD would cost resources of the
  // stack: there it is 405.
  const orGet = (method: string, path: string) => (method === 'HEAD' ? find('GET', path) : undefined);
  return (method, path) => find(method, path) ?? orGet(method, path) ?? (fallback && { ...fallback, params: {} });
};
