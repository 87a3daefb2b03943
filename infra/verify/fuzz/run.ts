/** One run: a stack of its own, every campaign in turn, and what must hold when all of them are over; then a stack with a closed door. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { type Stack, startStack } from '../../../localstack/testing/stack.ts';
import { temporaryDirectory } from '../../../localstack/testing/temporary-directory.ts';
import { runKeys } from '../../keys/cli.ts';
import type { OpenApiDocument } from '../kit/openapi-conformance.ts';
import { exploreAuth } from './auth.ts';
import { sweepBodies } from './bodies.ts';
import { exploreCloudEvents } from './cloudevents.ts';
import { operationsOf, undocumentedRoutes } from './document.ts';
import { judgeEnd, residentMb } from './end.ts';
import type { Range } from './explore.ts';
import { makeFields, repairsAt } from './fields.ts';
import { type Finding, type Ledger, makeLedger } from './ledger.ts';
import { exploreOperations } from './operations.ts';
import { makeOracle } from './oracle.ts';
import { sweepPaths } from './paths.ts';
import { sweepKeys, sweepLarge, sweepRefusals } from './records.ts';
import { makeGun } from './shot.ts';
import { sweepValues } from './values.ts';
import { sweepWire } from './wire.ts';

export interface FuzzOptions {
  seed: number;
  /** Requests of one exploration: each operation has two, of half as many. */
  runs: number;
  seconds: number;
  /** Only the campaigns that begin so. */
  only?: string;
  say: (line: string) => void;
}

export interface FuzzResult {
  requests: number;
  findings: Finding[];
  /** What each operation answered: how often which status. */
  counts: ReadonlyMap<string, ReadonlyMap<number, number>>;
}

/** Of the time there is, each campaign's part. */
const campaigns: Record<string, { share: number; run: (range: Range) => Promise<void> }> = {
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

/** Takes what is delivered to it: nothing of a run leaves the machine. */
const startSink = async () => {
  const server = createServer((request, response) => request.resume().on('end', () => response.end()));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${port}`, close };
};

const randomFrom = (seed: number): (() => number) => {
  const values = fc.sample(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), { seed, numRuns: 4_096 });
  let at = 0;
  return () => values[at++ % values.length] ?? 0;
};

interface Site {
  range: Range;
  stack: Stack;
  directory: string;
}

/** A stack with what is needed to shoot at it, gone when `use` is over however it ends. */
const withSite = async (
  env: Record<string, string>,
  ledger: Ledger,
  { seed, runs }: FuzzOptions,
  use: (site: Site) => Promise<void>,
): Promise<void> => {
  const { path: directory, remove } = temporaryDirectory();
  const sink = await startSink();
  // Valid creates are to go on succeeding: the caps themselves are tested elsewhere.
  const roomy = { RATE_LIMIT: '0', KEYS_MAX: '1000', ENDPOINTS_MAX: '5000' };
  const stack = await startStack({ dataDir: directory, env: { ...roomy, LOG_LEVEL: 'INFO', ...env } });
  const gun = makeGun(stack.apiUrl);
  try {
    const document = (await (await fetch(`${stack.apiUrl}/openapi.json`)).json()) as OpenApiDocument;
    const now = Date.now();
    const range: Range = {
      apiUrl: stack.apiUrl,
      document,
      operations: operationsOf(document),
      gun,
      oracle: makeOracle({ document, secrets: [directory, process.cwd()] }),
      ledger,
      fields: makeFields(now, sink.url),
      repairs: repairsAt(now, () => ledger.pick('/api/v1/endpoints', ledger.requests())),
      seed,
      runs,
      until: 0,
      random: randomFrom(seed),
    };
    await use({ range, stack, directory });
  } finally {
    gun.close();
    await stack.stop().finally(sink.close);
    remove();
  }
};

const openDoor = async ({ range, stack, directory }: Site, { seconds, only = '', say }: FuzzOptions): Promise<void> => {
  const { ledger } = range;
  for (const route of await undocumentedRoutes(range.document))
    ledger.found({ campaign: 'document', what: `${route} is not in the document`, command: '' });
  const pids = stack.pids();
  const chosen = Object.entries(campaigns).filter(([name]) => name.startsWith(only));
  const deadline = performance.now() + seconds * 1_000;
  let shares = chosen.reduce((sum, [, { share }]) => sum + share, only === '' ? AUTH.share : 0);
  let warmMb: number | undefined;
  for (const [name, { share, run }] of chosen) {
    const before = ledger.requests();
    // What is left is shared, so that a slow machine shortens all of them and drops none.
    const left = ((deadline - performance.now()) * share) / shares;
    await run({ ...range, until: performance.now() + Math.max(left, LEAST_MS) });
    shares -= share;
    warmMb ??= residentMb(pids.service);
    say(`${name}: ${ledger.requests() - before} requests, ${ledger.findings().length} findings so far`);
  }
  await judgeEnd(range, stack, { pids, directory, warmMb, say });
};

/** Its first key is made as an operator makes it: on the command line. */
const closedDoor = async ({ range, stack }: Site, { seconds, say }: FuzzOptions): Promise<void> => {
  const { ledger } = range;
  const before = ledger.requests();
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
    { ...range, until: performance.now() + Math.max((seconds * 1_000 * AUTH.share) / shares, LEAST_MS) },
    token,
  );
  say(`${AUTH.name}: ${ledger.requests() - before} requests, ${ledger.findings().length} findings so far`);
};

export const fuzz = async (options: FuzzOptions): Promise<FuzzResult> => {
  const { only = '' } = options;
  const ledger = makeLedger();
  if (Object.keys(campaigns).some((name) => name.startsWith(only)))
    await withSite({ AUTH_MODE: 'none' }, ledger, options, (site) => openDoor(site, options));
  if (AUTH.name.startsWith(only))
    await withSite({ AUTH_MODE: 'api-key' }, ledger, options, (site) => closedDoor(site, options));
  return { requests: ledger.requests(), findings: ledger.findings(), counts: ledger.counts() };
};
