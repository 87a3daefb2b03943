import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Issuer } from '../../../../lib/auth/jwt/issuer.testing.ts';

export interface KeySet {
  url: string;
  close(): Promise<void>;
}

export const keySetOf = async ({ jwksUrl }: Issuer): Promise<string> => (await fetch(jwksUrl)).text();

/** The issuer's keys where pods can ask for them. */
export const serveKeys = async (issuer: Issuer, host: string): Promise<KeySet> => {
  const keys = await keySetOf(issuer);
  const server = createServer((_, response) => void response.end(keys)).listen(0, host);
  await once(server, 'listening');
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}/keys`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};
