/**
 * `npm run fuzz [-- --seed N] [--seconds N] [--runs N] [--only campaign]`: hostile and valid input, made from
 * the OpenAPI document. Ends with 1 when an answer was not as promised; the seed repeats it.
 */
import { parseArgs } from 'node:util';
import { fuzz } from './run.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seconds: { type: 'string', default: '90' },
    runs: { type: 'string', default: '400' },
    only: { type: 'string' },
  },
});
const seed = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed);
const seconds = Number(values.seconds);
const runs = Number(values.runs);
if (![seed, seconds, runs].every((value) => Number.isSafeInteger(value) && value >= 0)) {
  process.stderr.write('--seed, --seconds and --runs are whole numbers.\n');
  process.exit(2);
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);
say(`seed ${seed}: npm run fuzz -- --seed ${seed} --seconds ${seconds} --runs ${runs}`);
const { only } = values;
const { requests, findings, counts } = await fuzz({ seed, seconds, runs, say, ...(only !== undefined && { only }) });

for (const [name, byStatus] of counts) {
  const listed = [...byStatus].sort(([a], [b]) => a - b).map(([status, count]) => `${status} x ${count}`);
  say(`  ${name}: ${listed.join(', ')}`);
}
for (const { campaign, what, command } of findings) say(`\n${campaign}\n  ${what}\n    ${command}`);
say(`\n${requests} requests, ${findings.length} findings, seed ${seed}`);
if (findings.length > 0) process.exitCode = 1;
