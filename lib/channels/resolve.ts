/**
 * Names of receivers, asked for over sockets (c-ares). The system's lookup waits in a thread, of which node lets two wait at once:
 * some names whose server does not answer would keep every other lookup of the process waiting for minutes, those of AWS included,
 * and nothing can call them off. Names are taken as they are: no search domains, no hosts file.
 */
import { type LookupAddress, Resolver } from 'node:dns';
import type { LookupFunction } from 'node:net';

/** A query that is not answered is repeated once, with more patience: 7 s in all, less than a channel's timeout. */
const TIMEOUT_MS = 2_000;
const TRIES = 2;

/** @param options.servers `address:port`, instead of those of the system */
export const makeLookup = (options: { servers?: readonly string[]; timeoutMs?: number } = {}): LookupFunction => {
  const { servers, timeoutMs = TIMEOUT_MS } = options;
  const resolver = new Resolver({ timeout: timeoutMs, tries: TRIES });
  if (servers) resolver.setServers(servers);

  const found = (family: 4 | 6, name: string): Promise<LookupAddress[]> =>
    new Promise((resolve) => {
      const done = (_error: Error | null, addresses: string[] = []): void =>
        resolve(addresses.map((address) => ({ address, family })));
      if (family === 4) resolver.resolve4(name, done);
      else resolver.resolve6(name, done);
    });

  /** Both families, IPv4 first; one that fails is as one without addresses. */
  return (name, _options, callback) => {
    Promise.all([found(4, name), found(6, name)]).then(([four, six]) => {
      const all = [...four, ...six];
      if (all.length > 0) callback(null, all);
      else callback(Object.assign(new Error(`${name} has no address`), { code: 'ENOTFOUND' }), []);
    });
  };
};
