/** Who answers, by which certificate, and who is sent elsewhere. */
import { expectStatus, expectThat } from '../../../kit/expect.ts';
import { ask, type Listener, shakeHands } from '../gateway-client.ts';
import type { Check } from './check.ts';

const failureOf = (asked: Promise<unknown>): Promise<NodeJS.ErrnoException | undefined> =>
  asked.then(
    () => undefined,
    (error) => error,
  );

export const tlsChecks = (listener: Listener, redirectCode: number): Check[] => [
  {
    name: 'https by the certificate of the secret',
    run: async () => {
      const { protocol, alpn, certificate } = await shakeHands(listener);
      const { subjectaltname = '', issuerCertificate, issuer } = certificate;
      expectThat(subjectaltname.includes(`DNS:${listener.host}`), `the certificate is for ${subjectaltname}`);
      expectThat(issuerCertificate !== undefined, 'the chain does not lead to the authority');
      expectThat(protocol === 'TLSv1.3', `it speaks ${protocol}, not TLSv1.3`);
      expectThat(alpn === 'h2', `it offers ${alpn}, not HTTP/2`);
      return `${protocol}, ${alpn}, ${subjectaltname} by ${issuer.CN}`;
    },
  },
  {
    name: 'old TLS refused',
    run: async () => {
      const seen: string[] = [];
      for (const only of ['TLSv1', 'TLSv1.1'] as const) {
        const failure = await failureOf(shakeHands(listener, { only }));
        expectThat(failure?.code === 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', `${only}: ${failure?.code ?? 'accepted'}`);
        seen.push(only);
      }
      const { protocol } = await shakeHands(listener, { only: 'TLSv1.2' });
      return `${seen.join(', ')} refused by the gateway; ${protocol} accepted`;
    },
  },
  {
    name: 'an unknown name in TLS',
    run: async () => {
      const failure = await failureOf(shakeHands(listener, { name: 'other.example.com' }));
      expectThat(failure !== undefined, 'a handshake for a name that is not served');
      return `no handshake (${failure?.code ?? failure?.message})`;
    },
  },
  {
    name: 'an unknown Host',
    run: async () => {
      const secure = await ask(listener, 'GET', '/health', { host: 'other.example.com' });
      expectStatus(secure, 404);
      const plain = await ask(listener, 'GET', '/health', { host: 'other.example.com', scheme: 'http' });
      expectStatus(plain, 404);
      return '404 with https, 404 with http';
    },
  },
  {
    name: 'a port in Host',
    run: async () => {
      expectStatus(await ask(listener, 'GET', '/health', { host: `${listener.host}:8443` }), 200);
      return `${listener.host}:8443 is ${listener.host}`;
    },
  },
  {
    name: 'http redirected',
    run: async () => {
      for (const method of ['GET', 'POST']) {
        const answer = await ask(listener, method, '/api/v1/events/?limit=1', { scheme: 'http' });
        expectStatus(answer, redirectCode);
        const location = answer.headers.get('location');
        expectThat(location === `https://${listener.host}/api/v1/events/?limit=1`, `${method} leads to ${location}`);
      }
      return `${redirectCode} to https, path and query kept, GET and POST`;
    },
  },
];
