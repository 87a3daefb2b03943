/** What is uploaded for each function, and how long a fresh process takes to load the slowest of them. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Row } from './row.ts';
import { withDirectory } from './stack.ts';
import { median, shown } from './stats.ts';

const ZIP_MAX_KB = 400;
const INIT_RATIO_MAX = 1.5;
const CANDIDATE_RUNS = 5;
const RUNS = 21;
const root = fileURLToPath(new URL('../../..', import.meta.url));

const run = (command: string, args: string[], cwd: string): void => {
  const { status, stderr, stdout } = spawnSync(command, args, { cwd, encoding: 'utf8', timeout: 300_000 });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr || stdout}`);
};

interface Bundle {
  name: string;
  zipKb: number;
  /** The handler, unpacked. */
  path: string;
}

const filesBelow = (path: string): string[] =>
  readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

/** What `serverless deploy` would upload, by the same command without the deploying. */
const packageAll = (into: string): Bundle[] => {
  run('serverless', ['package', '--package', join(into, 'package')], root);
  return readdirSync(join(into, 'package'))
    .filter((file) => file.endsWith('.zip'))
    .map((file) => {
      const name = file.slice(0, -'.zip'.length);
      const unpacked = join(into, name);
      mkdirSync(unpacked);
      run('unzip', ['-q', join(into, 'package', file), '-d', unpacked], into);
      // Chunks have a further part in their names.
      const path = filesBelow(join(unpacked, 'functions')).find((each) => /\/[\w-]+\.mjs$/.test(each));
      if (!path) throw new Error(`${file} holds no handler`);
      return { name, zipKb: statSync(join(into, 'package', file)).size / 1_024, path };
    });
};

/**
 * Wall time of a new process that imports the handler and ends, as Lambda's init does before the
 * first request; ms.
 */
const initMs = (path: string): number => {
  const startedAt = performance.now();
  const code = `await import(${JSON.stringify(path)}); process.exit()`;
  const env = { PATH: process.env.PATH, AWS_LAMBDA_FUNCTION_NAME: 'bench', AWS_REGION: 'us-east-1' };
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    env,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${path} does not load: ${stderr}`);
  return performance.now() - startedAt;
};

/** Alternately, so that what the machine does besides meets all alike. */
const sideBySide = <Name extends string>(paths: Record<Name, string>): Record<Name, number> => {
  const entries = Object.entries(paths) as [Name, string][];
  const rounds = Array.from({ length: RUNS }, () => entries.map(([, path]) => initMs(path)));
  const medians = entries.map(([name], index) => [name, median(rounds.map((round) => round[index] ?? Number.NaN))]);
  return Object.fromEntries(medians) as Record<Name, number>;
};

/**
 * The clients that all functions need, and none of our code: in one file, as esbuild makes it by
 * default, and in chunks as our functions are, which no function can be quicker than.
 */
const CLIENTS = `
  import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
  import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
  export const handler = async () => [DynamoDBClient, PutItemCommand, SQSClient, SendMessageBatchCommand];
`;
const bundleClients = async (outdir: string, splitting: boolean): Promise<string> => {
  await build({
    stdin: { contents: CLIENTS, resolveDir: root },
    outdir,
    bundle: true,
    splitting,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    outExtension: { '.js': '.mjs' },
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  return join(outdir, 'stdin.mjs');
};

export const bundle: Row = ({ say }) =>
  withDirectory(async (directory) => {
    say('serverless package');
    const bundles = packageAll(directory);
    const largest = bundles.toSorted((a, b) => b.zipKb - a.zipKb);
    say(`init of ${bundles.length} functions`);
    const timed = bundles.map((each) => ({
      ...each,
      ms: median(Array.from({ length: CANDIDATE_RUNS }, () => initMs(each.path))),
    }));
    const slowest = timed.reduce((a, b) => (b.ms > a.ms ? b : a));
    const emptyPath = join(directory, 'empty.mjs');
    writeFileSync(emptyPath, 'export const handler = async () => ({ statusCode: 200 });\n');
    const { own, clients, chunked, empty } = sideBySide({
      own: slowest.path,
      clients: await bundleClients(join(directory, 'clients'), false),
      chunked: await bundleClients(join(directory, 'chunked'), true),
      empty: emptyPath,
    });
    const [first] = largest;
    return {
      figures: [
        {
          what: 'Lambda bundle, zipped, largest',
          goal: `<= ${ZIP_MAX_KB} KB each`,
          measured: `${shown(first?.zipKb ?? Number.NaN)} KB (${first?.name}), median ${shown(median(largest.map(({ zipKb }) => zipKb)))} KB of ${largest.length}`,
          met: (first?.zipKb ?? Number.NaN) <= ZIP_MAX_KB,
        },
        {
          what: 'init of the slowest function : the clients for DynamoDB and SQS alone',
          goal: `<= ${INIT_RATIO_MAX} x`,
          measured: `${shown(own / clients)} x (${slowest.name}: ${shown(own)} ms, clients: ${shown(clients)} ms, in chunks ${shown(chunked)} ms, empty: ${shown(empty)} ms)`,
          met: own / clients <= INIT_RATIO_MAX,
        },
      ],
      notes: [
        `By \`serverless package\`. Init: wall time of a new node process that imports the handler, of one that imports the two clients of the SDK, in one file, which the goal is of, and in chunks as our functions are (then it is ${shown(own / chunked)} x), and of one that imports an empty handler, alternately, medians of ${RUNS}. Lambda's own init (its runtime, its slower start of processors) cannot be measured here; the ratio is what carries over.`,
        `Zipped KB: ${largest.map(({ name, zipKb }) => `${name} ${shown(zipKb)}`).join(', ')}.`,
      ],
    };
  });
