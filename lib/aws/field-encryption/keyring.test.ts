import { expect, it } from 'vitest';
import { makeKeyring } from './keyring.ts';

const secret = new Uint8Array(32).fill(1);
const wrapped = new Uint8Array(80).fill(2);

it('has each wrapped key decrypted once, in the order of FIELD_KEYS', async () => {
  const asked: Uint8Array[] = [];
  const keyring = makeKeyring({
    declared: [
      { id: 'new', wrapped },
      { id: 'old', secret },
    ],
    unwrap: async (blob) => {
      asked.push(blob);
      return new Uint8Array(32).fill(3);
    },
  });
  const [first, second] = await Promise.all([keyring(), keyring()]);
  expect(first).toBe(second);
  expect(first).toEqual([
    { id: 'new', secret: new Uint8Array(32).fill(3) },
    { id: 'old', secret },
  ]);
  expect(asked).toEqual([wrapped]);
});

it('is unavailable while KMS is, and tries again at the next call', async () => {
  let down = true;
  const unwrap = async () => {
    if (down) throw new Error('KMS is away');
    return secret;
  };
  const keyring = makeKeyring({ declared: [{ id: 'k', wrapped }], unwrap });
  await expect(keyring()).rejects.toMatchObject({ code: 'unavailable', cause: { message: 'KMS is away' } });
  down = false;
  expect(await keyring()).toEqual([{ id: 'k', secret }]);
});

it('refuses a key of the wrong length by its id alone', async () => {
  const keyring = makeKeyring({ declared: [{ id: 'short', wrapped }], unwrap: async () => new Uint8Array(16) });
  await expect(keyring()).rejects.toMatchObject({ cause: { message: 'The field key short has 16 bytes, not 32' } });
});
