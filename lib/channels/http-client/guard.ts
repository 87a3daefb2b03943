/** No connection to a blocked address, by whatever name it was found. */
import type { LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { type AddressPolicy, isBlockedAddress } from '../../schema/ip-ranges.ts';

/** `code` of the error a connection fails with when its address is refused. */
export const BLOCKED = 'ERR_BLOCKED_ADDRESS';

export const blockedError = (): NodeJS.ErrnoException =>
  Object.assign(new Error('The address is private or reserved'), { code: BLOCKED });

/**
 * A `lookup` that refuses the whole answer when one address in it is blocked. The socket connects to the
 * addresses returned here, so DNS rebinding gains nothing. `net.connect` skips it for literal hosts.
 */
export const guardedLookup =
  (lookup: LookupFunction, policy: AddressPolicy): LookupFunction =>
  (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, '');
      const addresses: LookupAddress[] = Array.isArray(found) ? found : [{ address: found, family: isIP(found) }];
      const [first] = addresses;
      if (!first || addresses.some(({ address }) => isBlockedAddress(address, policy)))
        return callback(blockedError(), '');
      return options.all ? callback(null, addresses) : callback(null, first.address, first.family);
    });
  };
