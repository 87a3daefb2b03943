/** `npm run smoke -- --url <base>`: does the deployed service do for its callers what it is there for? */
import { parseArgs } from 'node:util';
import { makeClient } from '../kit/client.ts';
import { answerHelp, TARGET_USAGE, type Target, targetOf, targetOptions, withoutSecrets } from '../kit/target.ts';
import { runSmoke } from './run.ts';

const TIMEOUT_MS = 10_000;
const PATIENCE_MS = 60_000;

const USAGE = `npm run smoke -- --url <base> [options]\n${TARGET_USAGE}\n`;

const targetFrom = (): Target => {
  answerHelp(USAGE);
  try {
    return targetOf(parseArgs({ options: targetOptions }).values, process.env);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
};

const target = targetFrom();
const say = (text: string): void => void process.stdout.write(`${withoutSecrets(text, [target.key])}\n`);
const client = makeClient(target, { timeoutMs: TIMEOUT_MS });

say(`${target.url}${target.host ? ` as ${target.host}` : ''}${target.key ? ', with a key' : ', without a key'}`);
const startedAt = performance.now();
const wrong = await runSmoke({ client, hasKey: target.key !== undefined, say, patienceMs: PATIENCE_MS });
client.close();
const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
say(wrong.length === 0 ? `All is well, in ${seconds} s.` : `WRONG: ${wrong.join(', ')}; after ${seconds} s.`);
process.exitCode = wrong.length === 0 ? 0 : 1;
