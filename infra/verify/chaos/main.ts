/**
 * `npm run chaos [-- --short | --only <begin of a name> | --list]`: faults under load, and an account of each
 * accepted request. Ends with 1 when anything is lost or a promise is broken. Loopback only.
 */
import { parseArgs } from 'node:util';
import { runScenarios } from './run.ts';
import { measures } from './scenario.ts';
import { scenarios } from './scenarios/index.ts';
import { closeStacks } from './stack.ts';

const MINUTE_MS = 60_000;
const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    list: { type: 'boolean', default: false },
    lanes: { type: 'string', default: '5' },
  },
});

const { only } = values;
const wanted = scenarios.filter(({ name, isShort }) =>
  only ? only.some((begin) => name.startsWith(begin)) : isShort || !values.short,
);
const print = (text: string): void => console.log(text);

if (values.list) for (const { name, isShort } of wanted) print(isShort ? `${name} (short)` : name);
else {
  const cutShort = async (why: string): Promise<void> => {
    print(`Cut short: ${why}`);
    await closeStacks();
    process.exit(1);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void cutShort(signal));
  const minutesMax = values.short ? 20 : 40;
  setTimeout(() => void cutShort(`not done within ${minutesMax} minutes`), minutesMax * MINUTE_MS).unref();
  const code = await runScenarios(wanted, {
    measure: values.short ? measures.short : measures.full,
    lanes: Number(values.lanes),
    budgetMs: (values.short ? 12 : 30) * MINUTE_MS,
    print,
  });
  // What is still open belongs to a scenario that could not be played.
  process.exit(code);
}
