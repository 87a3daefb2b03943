/** Prints the zipped size of each function after `serverless package`; fails when one is over the limit. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const LIMIT_BYTES = 400 * 1024;
const folder = join(import.meta.dirname, '..', '..', '.serverless');

const sizes = readdirSync(folder)
  .filter((name) => name.endsWith('.zip'))
  .map((name) => ({ name: name.slice(0, -'.zip'.length), bytes: statSync(join(folder, name)).size }))
  .sort((a, b) => b.bytes - a.bytes);

for (const { name, bytes } of sizes) {
  const over = bytes > LIMIT_BYTES ? `  over ${LIMIT_BYTES / 1024} KB` : '';
  process.stdout.write(`${(bytes / 1024).toFixed(1).padStart(7)} KB  ${name}${over}\n`);
}
if (sizes.length === 0 || sizes.some(({ bytes }) => bytes > LIMIT_BYTES)) process.exitCode = 1;
