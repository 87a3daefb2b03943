/**
 * One run: every campaign on a stack, and what must hold after all of them; then a stack that asks
 * for keys.
 */
import fc from 'fast-check';
import { runKeys } from '../../keys/cli.ts';
import { makeClient } from '../kit/client.ts';
import type { OpenApiDocument } from '../kit/openapi-conformance.ts';
import { type TestStack, withTestStack } from '../kit/test-stack.ts';
import { exploreAuth } from './auth.ts';
import { sweepBodies } from './bodies.ts';
import { exploreCloudEvents } from './cloudevents.ts';
import { operationsOf, undocumentedRoutes } from './document.ts';
import { judgeEnd, residentMb } from './end.ts';
import type { FuzzContext } from './explore.ts';
import { makeFields, repairsAt } from './fields.ts';
import { exploreOperations } from './operations.ts';
import { makeOracle } from './oracle.ts';
import { sweepPaths } from './paths.ts';
import { sweepKeys, sweepLarge, sweepRefusals } from './records.ts';
import { TIMEOUT_MS } from './request.ts';
import { type Finding, makeTally, type Tally } from './tally.ts';
import { sweepValues } from './values.ts';
import { sweepWire } from './wire.ts';

interface FuzzOptions {
  seed: number;
  /** Requests of one exploration: each operation has two, of half as many. */
  runs: number;
  seconds: number;
  /** Only the campaigns that begin so. */
  only?: string;
  say: (line: string) => void;
}

interface FuzzResult {
  requests: number;
  findings: Finding[];
  /** What each operation answered: how often which status. */
  counts: ReadonlyMap<string, ReadonlyMap<number, number>>;
}

/** Of the time there is, each campaign's part. */
const campaigns: Record<string, { share: number; run: (context: FuzzContext) => Promise<void> }> = {
  operations: { share: 10, run: exploreOperations },
  cloudevents: { share: 3, run: exploreCloudEvents },
  values: { share: 5, run: sweepValues },
  bodies: { share: 3, run: sweepBodies },
  refusals: { share: 1, run: sweepRefusals },
  keys: { share: 1, run: sweepKeys },
  large: { share: 1, run: sweepLarge },
  paths: { share: 1, run: sweepPaths },
  wire: { share: 1, run: sweepWire },
};
const AUTH = { name: 'auth', share: 2 };

/** Of a campaign, however late it is. */
const LEAST_MS = 1_000;

const randomFrom = (seed: number): (() => number) => {
  const values = fc.sample(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), { seed, numRuns: 4_096 });
  let at = 0;
  return () => values[at++ % values.length] ?? 0;
};

/** Valid creates are to go on succeeding: the caps themselves are tested elsewhere. */
const CAPS = { RATE_LIMIT: '0', KEYS_MAX: '1000', ENDPOINTS_MAX: '5000', SCHEDULES_MAX: '5000' };
const SOCKETS_MAX = 16;

/** A stack and what the campaigns need of it. */
const withContext = (
  env: Record<string, string>,
  tally: Tally,
  { seed, runs }: FuzzOptions,
  use: (context: FuzzContext, stack: TestStack) => Promise<void>,
): Promise<void> =>
  withTestStack({ env: { ...CAPS, LOG_LEVEL: 'INFO', ...env } }, async (stack) => {
    const { apiUrl } = stack.processes;
    const client = makeClient({ url: apiUrl }, { timeoutMs: TIMEOUT_MS, socketsMax: SOCKETS_MAX });
    const { body: document } = await client.call<OpenApiDocument>('GET', '/openapi.json');
    const now = Date.now();
    const context: FuzzContext = {
      apiUrl,
      document,
      operations: operationsOf(document),
      client,
      oracle: makeOracle({ document, secrets: [stack.dataDir, process.cwd(), ...stack.secrets] }),
      tally,
      // Nothing that is delivered leaves the machine.
      fields: makeFields(now, stack.receiver.url('')),
      repairs: repairsAt(now, () => tally.pick('/api/v1/endpoints', tally.requests())),
      seed,
      runs,
      until: 0,
      random: randomFrom(seed),
    };
    await use(context, stack).finally(client.close);
  });

const fuzzWithoutKeys = async (
  context: FuzzContext,
  { processes: stack, dataDir: directory }: TestStack,
  { seconds, only = '', say }: FuzzOptions,
): Promise<void> => {
  const { tally } = context;
  for (const route of await undocumentedRoutes(context.document))
    tally.found({ campaign: 'document', what: `${route} is not in the document`, command: '' });
  const pids = stack.pids();
  const chosen = Object.entries(campaigns).filter(([name]) => name.startsWith(only));
  const deadline = performance.now() + seconds * 1_000;
  let shares = chosen.reduce((sum, [, { share }]) => sum + share, only === '' ? AUTH.share : 0);
  let warmMb: number | undefined;
  for (const [name, { share, run }] of chosen) {
    const before = tally.requests();
    // What is left is shared, so that a slow machine shortens all of them and drops none.
    const left = ((deadline - performance.now()) * share) / shares;
    await run({ ...context, until: performance.now() + Math.max(left, LEAST_MS) });
    shares -= share;
    warmMb ??= residentMb(pids.service);
    say(`${name}: ${tally.requests() - before} requests, ${tally.findings().length} findings so far`);
  }
  await judgeEnd(context, stack, { pids, directory, warmMb, say });
};

/** The first key is made as an operator makes it: on the command line. */
const fuzzWithKeys = async (
  context: FuzzContext,
  { processes: stack }: TestStack,
  { seconds, say }: FuzzOptions,
): Promise<void> => {
  const { tally } = context;
  const before = tally.requests();
  const said: string[] = [];
  const env = { LOCAL_AWS_PORT: new URL(stack.awsUrl).port };
  const code = await runKeys(['create', '--scopes', 'admin'], env, {
    out: (line) => void said.push(line),
    err: () => {},
  });
  const token = said.at(-1);
  if (code !== 0 || token === undefined) throw new Error(`npm run keys ended with ${code}`);
  const shares = Object.values(campaigns).reduce((sum, { share }) => sum + share, AUTH.share);
  await exploreAuth(
    { ...context, until: performance.now() + Math.max((seconds * 1_000 * AUTH.share) / shares, LEAST_MS) },
    token,
  );
  say(`${AUTH.name}: ${tally.requests() - before} requests, ${tally.findings().length} findings so far`);
};

export const fuzz = async (options: FuzzOptions): Promise<FuzzResult> => {
  const { only = '' } = options;
  const tally = makeTally();
  if (Object.keys(campaigns).some((name) => name.startsWith(only)))
    await withContext({ AUTH_MODE: 'none' }, tally, options, (context, stack) =>
      fuzzWithoutKeys(context, stack, options),
    );
  if (AUTH.name.startsWith(only))
    await withContext({ AUTH_MODE: 'api-key' }, tally, options, (context, stack) =>
      fuzzWithKeys(context, stack, options),
    );
  return { requests: tally.requests(), findings: tally.findings(), counts: tally.counts() };
};
