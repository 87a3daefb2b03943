import { describe, expect, it } from 'vitest';
import { refusal } from './helm.ts';
import { refusedAccess } from './refused/access.ts';
import { refusedSettings } from './refused/settings.ts';

const RULES = 'The values are not usable:';

describe('the chart refuses, with one message that names value and rule,', () => {
  for (const { name, on, values, says } of [...refusedAccess, ...refusedSettings]) {
    it(name, async () => {
      const said = await refusal(on, values);
      for (const part of says) expect(said).toContain(part);
      // The schema's complaints and ours have a line each: no more of them than are wrong.
      const lines = said.split('\n').filter((line) => /^(- at| {2}\S+: )/.test(line));
      expect(lines, said).toHaveLength(said.includes(RULES) ? says.length : 1);
      expect(said).not.toMatch(/nil pointer|error calling/);
    });
  }

  it('without repeating a secret', async () => {
    const secrets = { WEBHOOK_SECRETS: 'not-a-secret-of-webhooks', CURSOR_SECRET: '0123456789abcdef' };
    expect(await refusal('local', { secrets })).not.toMatch(/not-a-secret|0123456789abcdef/);
  });
});
