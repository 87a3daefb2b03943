/**
 * A key that the operator declares by its token: there from the first start, without a command in a
 * running pod.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../platform/clock.ts';
import type { Random } from '../../platform/random.ts';
import { DEFAULT_TENANT } from '../../schema/tenant.ts';
import type { Log } from '../../telemetry/log-interface.ts';
import { created, validHashes } from './api-key.ts';
import type { ApiKeyStore } from './service.ts';
import { hashOf, isOneOf, type PresentedKey } from './token.ts';

const PAUSE_MS = 5_000;

interface FirstKeyPorts {
  keys: Pick<ApiKeyStore, 'create'>;
  clock: Pick<Clock, 'now'>;
  random: Pick<Random, 'token'>;
  log: Log;
  retentionMs: number;
  pause?: (ms: number) => Promise<unknown>;
}

const keep = async (ports: FirstKeyPorts, { id, secret }: PresentedKey): Promise<void> => {
  const { keys, clock, random, log, retentionMs } = ports;
  const on = { now: clock.now(), writeId: random.token(), retentionMs };
  const input = { name: 'first key', scopes: ['admin' as const] };
  const made = created({ id, tenant: DEFAULT_TENANT, hash: hashOf(secret), input }, on);
  const result = await keys.create({ ...made, isDeclared: true });
  if (result.written) return log.info('first_key.created', { key_id: id });
  const { current } = result;
  if (!current) throw new Error(`${id} was removed while it was made`);
  if (current.revokedAt !== undefined) {
    return log.warn('first_key.revoked', { key_id: id, remedy: 'take FIRST_KEY away, or give it a new token' });
  }
  if (isOneOf(secret, validHashes(current, on.now))) return;
  log.warn('first_key.rotated', { key_id: id, remedy: 'FIRST_KEY holds an earlier secret: give it the newest token' });
};

/**
 * Makes the key with the scope `admin` in the tenant `default`, once; what became of it since is
 * left as it is. Many processes may do it at once. Waits for the table, and never rejects.
 */
export const keepFirstKey = async (ports: FirstKeyPorts, key: PresentedKey): Promise<void> => {
  const { log, pause = sleep } = ports;
  for (;;) {
    try {
      return await keep(ports, key);
    } catch (error) {
      log.warn('first_key.failed', { key_id: key.id, error });
      await pause(PAUSE_MS);
    }
  }
};
