/** The real stack (`npm start`, three processes) on free ports with a folder of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Stack, startStack } from '../../../localstack/testing/stack.ts';
import { type Client, makeClient } from '../kit/client.ts';
import { cpuMs, rssMb } from './processes.ts';

export interface BenchStack extends Stack {
  client: Client;
  dataDir: string;
}

const TIMEOUT_MS = 30_000;

/** It sends nothing again: what fails is counted. */
export const clientAt = (url: string, { socketsMax = 512, key }: { socketsMax?: number; key?: string } = {}): Client =>
  makeClient({ url, ...(key !== undefined && { key }) }, { timeoutMs: TIMEOUT_MS, socketsMax, resends: false });

/** A folder that the work may fill, and that is gone afterwards, whatever happened. */
export const withDirectory = async <T>(work: (path: string) => Promise<T>): Promise<T> => {
  const path = mkdtempSync(join(tmpdir(), 'event-system-bench-'));
  try {
    return await work(path);
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
};

/**
 * A running stack in `dataDir`, ended whatever happened. `root`: the checkout whose code runs, this
 * one by default.
 */
export const withStackIn = async <T>(
  dataDir: string,
  work: (stack: BenchStack) => Promise<T>,
  env: Record<string, string> = {},
  root?: string,
): Promise<T> => {
  const stack = await startStack({ dataDir, env, ...(root !== undefined && { root }) });
  const client = clientAt(stack.apiUrl);
  // Should the bench itself be ended: no other process would end the stack.
  const end = (): void => stack.kill('main', 'SIGTERM');
  process.once('exit', end);
  try {
    return await work({ ...stack, client, dataDir });
  } finally {
    process.off('exit', end);
    client.close();
    await stack.stop();
  }
};

export const withStack = <T>(work: (stack: BenchStack) => Promise<T>, env: Record<string, string> = {}): Promise<T> =>
  withDirectory((dataDir) => withStackIn(dataDir, work, env));

export interface Variant {
  name: string;
  env?: Record<string, string>;
  /** The checkout whose code runs, this one by default. */
  root?: string;
}

/** All at once, each in a folder of its own. */
export const withStacks = <T>(
  variants: Variant[],
  work: (stacks: Map<string, BenchStack>) => Promise<T>,
  open = new Map<string, BenchStack>(),
): Promise<T> => {
  const [next, ...rest] = variants;
  if (!next) return work(open);
  return withDirectory((dataDir) =>
    withStackIn(dataDir, (stack) => withStacks(rest, work, open.set(next.name, stack)), next.env, next.root),
  );
};

/** Processor time of both processes for each of the `count` that `work` does, ms. */
export const cpuOf = async (
  stack: BenchStack,
  count: number,
  work: () => Promise<unknown>,
): Promise<{ service: number; aws: number }> => {
  const { service, aws } = stack.pids();
  const before = { service: cpuMs(service), aws: cpuMs(aws) };
  await work();
  return { service: (cpuMs(service) - before.service) / count, aws: (cpuMs(aws) - before.aws) / count };
};

/** By process and in all, MB. */
export const memoryOf = (stack: BenchStack): { main: number; aws: number; service: number; all: number } => {
  const { main, aws, service } = stack.pids();
  const [mainMb, awsMb, serviceMb] = [rssMb(main), rssMb(aws), rssMb(service)];
  return { main: mainMb, aws: awsMb, service: serviceMb, all: mainMb + awsMb + serviceMb };
};
