/**
 * A key that the operator declares by its token: there from the first start, without a command in a
 * running pod.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, Log, Random } from '../ports.ts';
import { type ApiKey, created, validHashes } from './api-key.ts';
import type { ApiKeyStore } from './api-key-service.ts';
import { DEFAULT_TENANT } from './principal.ts';
import { hashOf, isOneOf, type PresentedKey } from './token.ts';

const PAUSE_MS = 5_000;

export interface FirstKeyPorts {
  keys: Pick<ApiKeyStore, 'create' | 'replace'>;
  clock: Pick<Clock, 'now'>;
  random: Pick<Random, 'token'>;
  log: Log;
  retentionMs: number;
  pause?: (ms: number) => Promise<unknown>;
}

/**
 * A revoked key's record is removed after its retention, and the next start would make the key
 * anew: the record stays as long as the token is declared.
 */
const keepRevoked = async ({ keys, random, log }: FirstKeyPorts, key: ApiKey): Promise<void> => {
  log.warn('first_key.revoked', { key_id: key.id, remedy: 'take FIRST_KEY away, or give it a new token' });
  if (key.removedAt === undefined) return;
  const { removedAt: _removedAt, ...kept } = key;
  await keys.replace({ ...kept, writeId: random.token() }, key.writeId);
};

const keep = async (ports: FirstKeyPorts, { id, secret }: PresentedKey): Promise<void> => {
  const { keys, clock, random, log, retentionMs } = ports;
  const on = { now: clock.now(), writeId: random.token(), retentionMs };
  const input = { name: 'first key', scopes: ['admin' as const] };
  const result = await keys.create(created({ id, tenant: DEFAULT_TENANT, hash: hashOf(secret), input }, on));
  if (result.written) return log.info('first_key.created', { key_id: id });
  const { current } = result;
  if (!current) throw new Error(`${id} was removed while it was made`);
  if (current.revokedAt !== undefined) return keepRevoked(ports, current);
  if (isOneOf(secret, validHashes(current, on.now))) return;
  log.warn('first_key.rotated', { key_id: id, remedy: 'FIRST_KEY holds an earlier secret: give it the newest token' });
};

/**
 * Makes the key with the scope `admin` in the tenant `default`, once; what became of it since is
 * left as it is. Many processes may do it at once. Resolves when it is there, however long the
 * table is away.
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
