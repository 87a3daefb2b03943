/** Why there was no answer, in a sentence that says what to look at. */

const TLS_AUTHORITY = [
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_UNTRUSTED',
];

const sentences: Record<string, (url: URL, error: NodeJS.ErrnoException) => string> = {
  ENOTFOUND: ({ hostname }) => `DNS: the name ${hostname} does not exist`,
  EAI_AGAIN: ({ hostname }) => `DNS: the name ${hostname} could not be resolved; is there a resolver?`,
  ECONNREFUSED: ({ host }) => `nothing listens at ${host}`,
  EHOSTUNREACH: ({ host }) => `there is no route to ${host}`,
  ENETUNREACH: ({ host }) => `there is no route to ${host}`,
  ECONNRESET: () =>
    'the connection was cut before an answer; is it http where https is spoken, or the other way round?',
  ETIMEDOUT: ({ host }) => `no connection to ${host}: nothing answers there, or something drops what is sent`,
  EPROTO: () => 'TLS: the other side speaks no TLS, or none that we share; is it http where https is asked?',
  ERR_SSL_WRONG_VERSION_NUMBER: () => 'TLS: the other side speaks no TLS; is it http where https is asked?',
  CERT_HAS_EXPIRED: () => 'TLS: the certificate has expired',
  CERT_NOT_YET_VALID: () => 'TLS: the certificate is not valid yet; is the clock right?',
  ERR_TLS_CERT_ALTNAME_INVALID: (_, { message }) =>
    `TLS: the certificate is for another name (${message}); --host gives the name to ask for`,
  HPE_INVALID_CONSTANT: () => 'what answers there does not speak HTTP',
};

const codeOf = (error: unknown): string => {
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  return typeof code === 'string' ? code : cause ? codeOf(cause) : '';
};

/** Several addresses were tried: the first one's reason stands for all. */
const firstOf = (error: unknown): unknown =>
  error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;

export const explain = (error: unknown, url: string): string => {
  const reason = firstOf(error) as NodeJS.ErrnoException;
  const code = codeOf(reason);
  if (TLS_AUTHORITY.includes(code)) {
    return `TLS: the certificate is not signed by a known authority (${code}); --ca names the file of the one to trust`;
  }
  return sentences[code]?.(new URL(url), reason) ?? `${reason.message}${code && ` (${code})`}`;
};
