/** What went wrong, in short public words: no addresses, no personal data, no text of the other side. */
import type { FailureReason } from '../delivery/reasons.ts';
import { BLOCKED } from './address.ts';

/** The code of our own error for a response that is beyond the limits. */
export const INVALID_RESPONSE = 'EINVALIDRESPONSE';

const byCode = new Map<string, FailureReason>([
  [BLOCKED, 'blocked_address'],
  [INVALID_RESPONSE, 'invalid_response'],
  ['ECONNREFUSED', 'connection_refused'],
  ['ECONNRESET', 'connection_reset'],
  ['EPIPE', 'connection_reset'],
  ['ENOTFOUND', 'dns_failure'],
  ['EDNS', 'dns_failure'],
  ['ENODATA', 'dns_failure'],
  ['EHOSTUNREACH', 'unreachable'],
  ['ENETUNREACH', 'unreachable'],
  ['ETIMEDOUT', 'timeout'],
  ['EABORT', 'timeout'],
  ['ABORT_ERR', 'timeout'],
  ['ECONNABORTED', 'timeout'],
  ['ETLS', 'tls_error'],
  ['EPROTO', 'tls_error'],
  ['EAUTH', 'authentication_failed'],
]);

/** OpenSSL's verification results and node's own TLS codes: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const TLS =
  /^(ERR_TLS_|ERR_SSL_|CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_)/;

const codeOf = (error: unknown): string | undefined => {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  if (typeof code === 'string') return code;
  return name === 'AbortError' || name === 'TimeoutError' ? 'ETIMEDOUT' : undefined;
};

/** The public code of an error that came from the network, following `cause` once; `connection_failed` when it says nothing known. */
export const networkError = (error: unknown): FailureReason => {
  for (const candidate of [error, (error as { cause?: unknown } | undefined)?.cause]) {
    const code = codeOf(candidate) ?? '';
    const known = byCode.get(code);
    if (known) return known;
    if (code.startsWith('EAI_')) return 'dns_failure';
    if (code.startsWith('HPE_')) return 'invalid_response';
    if (TLS.test(code)) return 'tls_error';
  }
  return 'connection_failed';
};
