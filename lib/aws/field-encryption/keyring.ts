/** The keys of FIELD_KEYS, ready for use. */

import { unavailable } from '../unavailable.ts';
import type { FieldKey, Keyring } from './encrypt.ts';
import type { FieldKeyDeclaration } from './field-keys.ts';

export interface KeyringOptions {
  /** Newest first. */
  declared: readonly [FieldKeyDeclaration, ...FieldKeyDeclaration[]];
  /** Has a wrapped key decrypted. Called once for each of them, unless it rejects. */
  unwrap(wrapped: Uint8Array): Promise<Uint8Array>;
}

const KEY_BYTES = 32;

/**
 * Loads at the first call and keeps what it has; a failure is `unavailable` and not kept, so the
 * next call tries again.
 */
export const makeKeyring = ({ declared, unwrap }: KeyringOptions): (() => Promise<Keyring>) => {
  let loading: Promise<Keyring> | undefined;

  const load = async (key: FieldKeyDeclaration): Promise<FieldKey> => {
    const secret = 'secret' in key ? key.secret : await unwrap(key.wrapped);
    if (secret.length === KEY_BYTES) return { id: key.id, secret };
    throw new Error(`The field key ${key.id} has ${secret.length} bytes, not ${KEY_BYTES}`);
  };

  const loadAll = async (): Promise<Keyring> => {
    try {
      const [newest, ...older] = declared;
      const [first, ...rest] = await Promise.all([load(newest), ...older.map(load)] as const);
      return [first, ...rest];
    } catch (error) {
      loading = undefined;
      throw unavailable(error);
    }
  };

  return () => {
    loading ??= loadAll();
    return loading;
  };
};
