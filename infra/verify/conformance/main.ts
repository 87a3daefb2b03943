/** `npm run conformance -- --url <base>`: does a deployment keep the contract, seen from outside? */
import { writeFileSync } from 'node:fs';
import { answerHelp, withoutSecrets } from '../kit/target.ts';
import { phasesOf } from './checks/index.ts';
import { type Options, optionsOf, USAGE } from './options.ts';
import { conform } from './run.ts';

const BAD_BEGINNING = 2;

const giveUp = (message: string): never => {
  process.stderr.write(`${message}\n`);
  process.exit(BAD_BEGINNING);
};

const optionsFrom = (): Options => {
  answerHelp(USAGE);
  try {
    return optionsOf(process.argv.slice(2), process.env);
  } catch (error) {
    return giveUp(`${(error as Error).message}\n\n${USAGE}`);
  }
};

const options = optionsFrom();
const hidden = (text: string): string => withoutSecrets(text, [options.key, ...options.webhookSecrets]);
const checks = phasesOf(options).flatMap((phase) => phase.checks);
if (checks.length === 0) giveUp(`No check has ${options.only.join(' or ')} in its name; --list shows them.`);
if (options.list) {
  for (const { group, name, needs } of checks) {
    process.stdout.write(`${group}: ${name}${needs.length > 0 ? ` [${needs.join(', ')}]` : ''}\n`);
  }
  process.exit(0);
}
const say = (text: string): void => void process.stdout.write(`${hidden(text)}\n`);
const { result, exitCode } = await conform(options, say).catch((error: Error) =>
  giveUp(hidden(`${options.url} cannot be checked: ${error.message}`)),
);
if (options.json !== undefined) writeFileSync(options.json, `${hidden(JSON.stringify(result, null, 2))}\n`);
// What a check that took too long still waits for must not keep the process.
process.exit(exitCode);
