import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../../tools/run-program.ts';

/** PEM files. */
export interface Certificate {
  authority: string;
  certificate: string;
  key: string;
}

const AUTHORITY = 'Event System Check CA';

const configOf = (hosts: readonly string[]): string => `
[req]
prompt = no
distinguished_name = name
[name]
O = Event System Check
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[server]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = ${hosts.map((host) => `DNS:${host}`).join(', ')}
`;

/** An authority that is not known yet, and a certificate by it for these names, both for two days. */
export const makeCertificate = async (directory: string, hosts: readonly string[]): Promise<Certificate> => {
  const file = (name: string): string => join(directory, name);
  writeFileSync(file('openssl.cnf'), configOf(hosts));
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const request = (name: string, section: string, ...more: string[]): Promise<string> =>
    run('openssl', [
      ...[...made, '-config', file('openssl.cnf'), '-extensions', section],
      ...['-keyout', file(`${name}.key`), '-out', file(`${name}.crt`), ...more],
    ]);
  await request('ca', 'authority', '-subj', `/CN=${AUTHORITY}`);
  await request('tls', 'server', '-subj', `/CN=${hosts[0]}`, '-CA', file('ca.crt'), '-CAkey', file('ca.key'));
  return { authority: file('ca.crt'), certificate: file('tls.crt'), key: file('tls.key') };
};
