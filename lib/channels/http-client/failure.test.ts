import { describe, expect, it } from 'vitest';
import { networkError } from './failure.ts';

const coded = (code: string): Error => Object.assign(new Error(code), { code });

describe('networkError', () => {
  it.each([
    ['CERT_HAS_EXPIRED', 'tls_certificate_expired'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls_name_mismatch'],
    ['HOSTNAME_MISMATCH', 'tls_name_mismatch'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls_unknown_issuer'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'tls_unknown_issuer'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'tls_unknown_issuer'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls_unknown_issuer'],
    ['CERT_NOT_YET_VALID', 'tls_certificate_invalid'],
    ['CERT_REVOKED', 'tls_certificate_invalid'],
    ['CERT_SIGNATURE_FAILURE', 'tls_certificate_invalid'],
    ['INVALID_PURPOSE', 'tls_certificate_invalid'],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'tls_handshake_failed'],
    ['EPROTO', 'tls_handshake_failed'],
    ['ETLS', 'tls_error'],
    ['ERR_TLS_RENEGOTIATION_DISABLED', 'tls_error'],
    ['EAI_AGAIN', 'dns_failure'],
    ['HPE_INVALID_CONSTANT', 'invalid_response'],
    ['ENEW', 'connection_failed'],
  ])('says of %s that it is %s', (code, reason) => {
    expect(networkError(coded(code))).toBe(reason);
  });

  it('goes by the cause where an error itself says nothing known', () => {
    expect(networkError(new Error('wrapped', { cause: coded('CERT_HAS_EXPIRED') }))).toBe('tls_certificate_expired');
  });
});
