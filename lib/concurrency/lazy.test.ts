import { expect, it, vi } from 'vitest';
import { lazy } from './lazy.ts';

it('keeps what was made, and makes it again after a rejection', async () => {
  const make = vi.fn(async () => 'made').mockRejectedValueOnce(new Error('EMFILE'));
  const made = lazy(make);
  await expect(made()).rejects.toThrow('EMFILE');
  expect([await made(), await made()]).toEqual(['made', 'made']);
  expect(make).toHaveBeenCalledTimes(2);
});
