/** What went wrong, in short public words: no addresses, no personal data, no text of the other side. */
import type { FailureReason } from '../../schema/reasons.ts';
import { BLOCKED } from './guard.ts';

/** The code of our own error for a response that is beyond the limits. */
export const INVALID_RESPONSE = 'EINVALIDRESPONSE';
/** The code of our own error for a connection that was closed during the TLS handshake. */
export const HANDSHAKE_FAILED = 'EHANDSHAKE';

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
  ['EPROTO', 'tls_handshake_failed'],
  [HANDSHAKE_FAILED, 'tls_handshake_failed'],
  ['ERR_TLS_HANDSHAKE_TIMEOUT', 'tls_handshake_failed'],
  ['CERT_HAS_EXPIRED', 'tls_certificate_expired'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls_name_mismatch'],
  ['HOSTNAME_MISMATCH', 'tls_name_mismatch'],
  ['CERT_UNTRUSTED', 'tls_unknown_issuer'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls_unknown_issuer'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'tls_unknown_issuer'],
  ['UNABLE_TO_GET_ISSUER_CERT', 'tls_unknown_issuer'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'tls_unknown_issuer'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls_unknown_issuer'],
  ['EAUTH', 'authentication_failed'],
]);

/** OpenSSL's other verification results: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const CERTIFICATE = /^(CERT_|CRL_|ERROR_IN_|INVALID_|PATH_LENGTH_|UNABLE_TO_|UNSPECIFIED$)/;

const codeOf = (error: unknown): string | undefined => {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  if (typeof code === 'string') return code;
  return name === 'AbortError' || name === 'TimeoutError' ? 'ETIMEDOUT' : undefined;
};

/**
 * The public code of an error that came from the network, following `cause` once;
 * `connection_failed` when it says nothing known.
 */
export const networkError = (error: unknown): FailureReason => {
  for (const candidate of [error, (error as { cause?: unknown } | undefined)?.cause]) {
    const code = codeOf(candidate) ?? '';
    const known = byCode.get(code);
    if (known) return known;
    if (code.startsWith('EAI_')) return 'dns_failure';
    if (code.startsWith('HPE_')) return 'invalid_response';
    if (code.startsWith('ERR_SSL_')) return 'tls_handshake_failed';
    if (CERTIFICATE.test(code)) return 'tls_certificate_invalid';
    if (code.startsWith('ERR_TLS_')) return 'tls_error';
  }
  return 'connection_failed';
};
