/**
 * Refuses requests of web pages elsewhere where no credentials do: a browser says where a request comes from
 * (Fetch Metadata, RFC 6454), and DNS rebinding shows in `Host`.
 */
type Headers = Record<string, string | string[] | undefined>;

/**
 * Names that no stranger can point here: one label, addresses, and those of a cluster, of a
 * container's host and of loopback. `localhost.localstack.cloud` is LocalStack's name of loopback.
 */
const LOCAL_HOST =
  /^(?:[\w-]+|[\w.-]+\.(?:svc|svc\.cluster\.local|internal|localhost)|(?:[\w.-]+\.)?localhost\.localstack\.cloud|\d+\.\d+\.\d+\.\d+|\[[\da-f:.]+\])\.?(?::\d+)?$/i;

const text = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);

const isSameOrigin = (origin: string, host: string): boolean => {
  const { protocol, host: from } = URL.parse(origin) ?? {};
  return (protocol === 'http:' || protocol === 'https:') && from === host.toLowerCase();
};

/** Node's own `fetch` sends `sec-fetch-mode`, but neither of these. */
export const isFromBrowser = (headers: Headers): boolean =>
  headers.origin !== undefined || headers['sec-fetch-site'] !== undefined;

/** @param headers names in lower case. Without `Host` no browser sent it. */
export const isForeign = (headers: Headers): boolean => {
  const host = text(headers.host);
  const site = text(headers['sec-fetch-site']);
  const origin = text(headers.origin);
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  if (origin !== undefined && !isSameOrigin(origin, host ?? '')) return true;
  return host !== undefined && !LOCAL_HOST.test(host);
};
