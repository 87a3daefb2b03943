/**
 * `npm run check:examples [-- word]`: applies each worked example of lib/README.md to a copy, which must
 * pass; then leaves out what one may forget, which must fail and name it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inParallel } from '../../kit/parallel.ts';
import { checkImports, checkLint, checkTests, checkTypes, type Faults } from './checks.ts';
import { applyExample, type Copy, copyRepository } from './copy.ts';
import { leaveOut, type Omission, omissions } from './omissions.ts';
import { type Example, readExample } from './read.ts';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const PAGE = 'lib/README.md';
/** A compiler or a test runner each. */
const AT_ONCE = 2;
const HEADINGS = ['Add a channel', 'Add a field', 'Add a kind of job', 'Add a route', 'Add a rule'];

const withCopy = async <T>(examples: readonly Example[], work: (copy: Copy) => Promise<T>): Promise<T> => {
  const copy = copyRepository(ROOT);
  try {
    for (const example of examples) applyExample(copy, example);
    return await work(copy);
  } finally {
    copy.remove();
  }
};

/** What takes seconds. */
const staticFaults = (example: Example): Promise<Faults> =>
  withCopy([example], async ({ path }) => {
    const files = [...new Set(example.edits.map((edit) => edit.path))];
    return [await checkTypes(path), await checkLint(path, files), await checkImports(path)].flat();
  });

/** What takes a minute or two, and is therefore run once for all examples. */
const suiteFaults = (examples: readonly Example[]): Promise<Faults> =>
  withCopy(examples, async ({ path }) => {
    const ofProduct = await checkTests(path, '--mode', 'quick', 'functions', 'lib', 'infra/serverless');
    return [...ofProduct, ...(await checkTests(path, 'infra/verify/fuzz'))];
  });

/** Empty when the omission is noticed. */
const omissionFaults = (example: Example, omission: Omission): Promise<Faults> =>
  withCopy([example], async (copy) => {
    copy.write(omission.file, leaveOut(copy.read(omission.file), omission));
    const { tests, says } = omission;
    const faults = tests ? await checkTests(copy.path, ...tests) : await checkTypes(copy.path);
    if (faults.some((fault) => says.test(fault))) return [];
    return faults.length === 0 ? ['everything passes'] : [`nothing says ${says}`, ...faults];
  });

const report = (name: string, startedAt: number, faults: Faults): boolean => {
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  process.stdout.write(`${faults.length === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)\n`);
  for (const fault of faults) process.stdout.write(`       ${fault.replaceAll('\n', '\n       ')}\n`);
  return faults.length === 0;
};

const timed = async (name: string, work: () => Promise<Faults>): Promise<boolean> => {
  const startedAt = performance.now();
  const faults = await work().catch((error: Error) => [error.message]);
  return report(name, startedAt, faults);
};

const main = async (words: readonly string[]): Promise<number> => {
  const page = readFileSync(join(ROOT, PAGE), 'utf8');
  const chosen = HEADINGS.filter((heading) => words.length === 0 || words.some((word) => heading.includes(word)));
  const read = (heading: string): Example => readExample(page, heading, 'lib');
  const short = chosen.flatMap((heading) => [
    { name: heading, work: async () => staticFaults(read(heading)) },
    ...omissions
      .filter(({ example }) => example === heading)
      .map((one) => ({ name: `${heading}, ${one.what}`, work: async () => omissionFaults(read(heading), one) })),
  ]);
  const results = await inParallel(short.length, AT_ONCE, async (index) => {
    const { name, work } = short[index] as (typeof short)[number];
    return timed(name, work);
  });
  results.push(await timed('the tests, with all of them', async () => suiteFaults(chosen.map(read))));
  return chosen.length > 0 && results.every(Boolean) ? 0 : 1;
};

process.exitCode = await main(process.argv.slice(2));
