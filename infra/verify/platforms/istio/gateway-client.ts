/** The gateway as its callers meet it: an address, a name, and the authority that vouches for the name. */
import { readFileSync } from 'node:fs';
import { connect, type DetailedPeerCertificate, type SecureVersion } from 'node:tls';
import { type Answer, makeClient } from '../../kit/client.ts';

export interface Listener {
  address: string;
  host: string;
  /** PEM file. */
  authority: string;
}

export interface Asked {
  headers?: Record<string, string>;
  body?: unknown;
  /** Other than the listener's own. */
  host?: string;
  scheme?: 'http' | 'https';
}

const TIMEOUT_MS = 20_000;

/** On a connection of its own. Throws Unreachable. */
export const ask = async <T = Record<string, unknown>>(
  listener: Listener,
  method: string,
  path: string,
  { headers = {}, body, host = listener.host, scheme = 'https' }: Asked = {},
): Promise<Answer<T>> => {
  const target = {
    url: `${scheme}://${listener.address}`,
    // Only TLS knows an authority. The name in TLS stays the listener's own, whatever Host says.
    ...(scheme === 'https' && { ca: readFileSync(listener.authority, 'utf8') }),
    host: listener.host,
  };
  const client = makeClient(target, { timeoutMs: TIMEOUT_MS });
  try {
    return await client.call<T>(method, path, body, { headers: { ...headers, host } });
  } finally {
    client.close();
  }
};

interface Handshake {
  protocol: string | null;
  alpn: string | false | null;
  certificate: DetailedPeerCertificate;
}

/**
 * Rejects when there is no TLS to be had, or not with a certificate that the authority signed for
 * the name.
 */
export const shakeHands = (
  { address, host, authority }: Listener,
  { name = host, only }: { name?: string; only?: SecureVersion } = {},
): Promise<Handshake> =>
  new Promise((resolve, reject) => {
    const socket = connect({
      host: address,
      port: 443,
      servername: name,
      ca: readFileSync(authority, 'utf8'),
      ALPNProtocols: ['h2', 'http/1.1'],
      timeout: TIMEOUT_MS,
      // Without this level OpenSSL would not even offer the old versions.
      ...(only && { minVersion: only, maxVersion: only, ciphers: 'DEFAULT@SECLEVEL=0' }),
    });
    socket.once('timeout', () => socket.destroy(new Error('no handshake in time')));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed without a handshake')));
    socket.once('secureConnect', () => {
      const { alpnProtocol: alpn } = socket;
      resolve({ protocol: socket.getProtocol(), alpn, certificate: socket.getPeerCertificate(true) });
      socket.destroy();
    });
  });
