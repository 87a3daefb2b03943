import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const LIB = join(import.meta.dirname, '..');
const CALL = /\blog\??\.(?:debug|info|warn|error)\(\s*(['"`])(.*?)\1/g;

it('every message of a log line is the name of an event, such as delivery.attempted; the rest are fields', () => {
  const files = globSync('**/*.ts', { cwd: LIB }).filter((file) => !/\.test\.ts$|^testing\//.test(file));
  const messages = files.flatMap((file) =>
    [...readFileSync(join(LIB, file), 'utf8').matchAll(CALL)].map(([, , message = '']) => ({ file, message })),
  );
  expect(messages.length).toBeGreaterThan(30);
  expect(messages.filter(({ message }) => !/^request$|^[a-z_]+\.[a-z_]+$/.test(message))).toEqual([]);
});
