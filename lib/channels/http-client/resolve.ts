/**
 * Looks names up over sockets (c-ares): the system's lookup waits in a thread, of which Node has two for
 * this, and a few dead name servers would stop every other lookup. No search domains, no hosts file.
 */
import { type LookupAddress, Resolver } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { lazy } from '../../concurrency/lazy.ts';

/**
 * A query that is not answered is repeated once, with more time: 7 s in all with one name server,
 * less than a channel's timeout.
 */
const TIMEOUT_MS = 2_000;
const SECOND_TIMEOUT_MS = 5_000;
/** RFC 8305, 3: how long the IPv6 addresses are waited for once those of IPv4 are there. */
const RESOLUTION_DELAY_MS = 50;
/** What a name server says of a name that has no such address: not asked again. */
const DEFINITE = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME']);

type Family = 4 | 6;
interface Answer {
  addresses: LookupAddress[];
  isDefinite: boolean;
}

const ask = (resolver: Resolver, family: Family, name: string): Promise<Answer> =>
  new Promise((resolve) => {
    const done = (error: NodeJS.ErrnoException | null, found: string[] = []): void =>
      resolve({
        addresses: found.map((address) => ({ address, family })),
        isDefinite: !error || DEFINITE.has(error.code ?? ''),
      });
    if (family === 4) resolver.resolve4(name, done);
    else resolver.resolve6(name, done);
  });

const soon = (addresses: Promise<LookupAddress[]>): Promise<LookupAddress[]> =>
  Promise.race([addresses, setTimeout(RESOLUTION_DELAY_MS, [])]);

/** @param options.servers `address:port`, instead of those of the system */
export const makeLookup = (
  options: { servers?: readonly string[]; timeoutMs?: number; secondTimeoutMs?: number } = {},
): LookupFunction => {
  const { servers, timeoutMs = TIMEOUT_MS, secondTimeoutMs = SECOND_TIMEOUT_MS } = options;
  const makeResolver = (timeout: number): Resolver => {
    const resolver = new Resolver({ timeout, tries: 1 });
    if (servers) resolver.setServers(servers);
    return resolver;
  };
  /** Knows which of several servers answers. */
  const shared = makeResolver(timeoutMs);

  /**
   * Both families; one that fails is as one without addresses. IPv4 is always waited for: many
   * hosts can reach nothing else.
   */
  const find = async (name: string): Promise<LookupAddress[]> => {
    // c-ares derives its timeouts from how long earlier answers took; a fresh resolver keeps to the
    // one that it is given.
    const fresh = lazy(() => makeResolver(secondTimeoutMs));
    let isOver = false;
    const found = async (family: Family): Promise<LookupAddress[]> => {
      const first = await ask(shared, family, name);
      if (first.isDefinite || isOver) return first.addresses;
      return (await ask(fresh(), family, name)).addresses;
    };
    const [four, six] = [found(4), found(6)];
    const ipv4 = await four;
    const ipv6 = await (ipv4.length > 0 ? soon(six) : six);
    isOver = true;
    return [...ipv4, ...ipv6];
  };

  return (name, _options, callback) => {
    find(name).then((all) => {
      if (all.length > 0) callback(null, all);
      else callback(Object.assign(new Error(`${name} has no address`), { code: 'ENOTFOUND' }), []);
    });
  };
};
