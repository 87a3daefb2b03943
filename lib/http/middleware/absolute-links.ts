/**
 * The URL that a client reached the API by, so that the links in an answer lead back to it, behind
 * proxies too.
 */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { ExchangeMiddleware, Headers, Reply, RoutePorts } from '../types.ts';

/** Headers are the caller's, or a proxy's: what is none of these forms is not looked at. */
const HOST = /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(:[0-9]{1,5})?$/i;
const SCHEME = /^https?$/i;
const PREFIX = /^(\/(?!\.{1,2}(\/|$))[a-z0-9._~-]{1,64}){1,8}$/i;
/** As long as the longest of these forms, with a final slash. Longer text is not searched at all. */
const LENGTH_MAX = 8 * 65 + 1;

/** Proxies append theirs: the first is what the client saw. */
const firstOf = (headers: Headers, name: string): string | undefined => headers[name]?.split(',', 1)[0]?.trim();

const valid = (text: string | undefined, form: RegExp): string | undefined =>
  text !== undefined && text.length <= LENGTH_MAX && form.test(text) ? text : undefined;

const withoutFinalSlash = (text: string | undefined): string | undefined =>
  text?.endsWith('/') ? text.slice(0, -1) : text;

/**
 * Without a slash at its end: `publicUrl`, else X-Forwarded-Proto, -Host and -Prefix, else Host.
 * Undefined where none of these can be used.
 * @param headers names in lower case
 */
export const baseUrlOf = (
  event: Pick<APIGatewayProxyEventV2, 'requestContext'>,
  headers: Headers,
  publicUrl?: string,
): string | undefined => {
  if (publicUrl !== undefined) return publicUrl.replace(/\/+$/, '');
  const own = headers.host ?? event.requestContext.domainName;
  const host = valid(firstOf(headers, 'x-forwarded-host'), HOST) ?? valid(own, HOST);
  if (host === undefined) return undefined;
  // API Gateway says https; a server without a proxy before it speaks plain http.
  const scheme = valid(firstOf(headers, 'x-forwarded-proto'), SCHEME)?.toLowerCase() ?? 'http';
  const prefix = valid(withoutFinalSlash(firstOf(headers, 'x-forwarded-prefix')), PREFIX) ?? '';
  return `${scheme}://${host}${prefix}`;
};

/** `/stage`, which the path of a named stage of API Gateway begins with. */
const stageOf = ({ requestContext: { stage } }: Pick<APIGatewayProxyEventV2, 'requestContext'>): string =>
  stage === '$default' ? '' : `/${stage}`;

const withStage = (path: string, stage: string): string => (path.startsWith(`${stage}/`) ? path : stage + path);

const LINK_HEADERS = new Set(['location', 'link']);

/** The paths in `location` and `link` become URLs; without a base they stay relative references. */
export const absoluteLinks = (publicUrl?: RoutePorts['publicUrl']): ExchangeMiddleware => ({
  after: (request) => {
    const { event, headers } = request.event;
    const given = Object.entries((request.response as Reply).headers ?? {});
    if (!given.some(([name]) => LINK_HEADERS.has(name.toLowerCase()))) return;
    const base = baseUrlOf(event, headers, publicUrl?.());
    if (base === undefined) return;
    const absolute = (path: string): string => base + withStage(path, stageOf(event));
    const linkTo = (name: string, value: string): string => {
      if (name === 'location') return value.startsWith('/') ? absolute(value) : value;
      return name === 'link' ? value.replace(/<(\/[^>]*)>/g, (_, path: string) => `<${absolute(path)}>`) : value;
    };
    const linked = given.map(([name, value]) => [name, linkTo(name.toLowerCase(), value)]);
    request.response = { ...request.response, headers: Object.fromEntries(linked) };
  },
});
