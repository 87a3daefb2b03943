import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Context } from 'aws-lambda';
import { withTimeout } from '../../concurrency/with-timeout.ts';
import { ServiceError } from '../../errors.ts';
import type { Caller, Route } from '../../http/types.ts';
import type { ServerlessFunction } from './serverless-yaml.ts';

export interface LambdaHandler {
  (event: unknown, context: Context): Promise<unknown>;
  /** As lib/http/pipeline.ts makes them: judges a request before its body is there. */
  authenticate?(event: unknown, context: Context): Promise<Caller>;
  /** As lib/http/pipeline.ts makes them: what the handler declares. */
  route?: Route;
}

/** A function of serverless.yml, loaded. */
export interface LoadedFunction {
  name: string;
  timeoutMs: number;
  handler: LambdaHandler;
}

/** Lambda's own defaults when serverless.yml is silent. */
const TIMEOUT_SECONDS = 6;
const EXTENSIONS = ['.ts', '.mjs', '.js'];

const moduleOf = (root: string, path: string): string => {
  const found = EXTENSIONS.map((extension) => join(root, path + extension)).find(existsSync);
  if (!found) throw new Error(`serverless.yml: there is no module ${path}`);
  return pathToFileURL(found).href;
};

/** Imports the handler as Lambda would. Throws when the module or the export is missing. */
export const loadFunction = async (
  name: string,
  declared: ServerlessFunction,
  options: { serverlessPath: string; timeoutSeconds: number | undefined },
): Promise<LoadedFunction> => {
  const dot = declared.handler.lastIndexOf('.');
  const module = await import(moduleOf(dirname(options.serverlessPath), declared.handler.slice(0, dot)));
  const handler: unknown = module[declared.handler.slice(dot + 1)];
  if (typeof handler !== 'function') throw new Error(`serverless.yml: ${name}: ${declared.handler} is not a function`);
  const timeoutMs = (declared.timeout ?? options.timeoutSeconds ?? TIMEOUT_SECONDS) * 1000;
  return { name, timeoutMs, handler: handler as LambdaHandler };
};

const lambdaContext = (loaded: LoadedFunction, requestId: string): Context => {
  const endsAt = performance.now() + loaded.timeoutMs;
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName: loaded.name,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:local:000000000000:function:${loaded.name}`,
    memoryLimitInMB: '0',
    awsRequestId: requestId,
    logGroupName: loaded.name,
    logStreamName: requestId,
    getRemainingTimeInMillis: () => Math.max(0, endsAt - performance.now()),
    done: () => {},
    fail: () => {},
    succeed: () => {},
  };
};

/** What was waited for may still succeed. */
export class OutOfTime extends ServiceError {}

const tooSlow = ({ name }: LoadedFunction) =>
  new OutOfTime('unavailable', 'The answer took too long. Try again.', {
    cause: new Error(`${name} ran out of time`),
  });

const inTime = <T>(loaded: LoadedFunction, work: Promise<T>): Promise<T> =>
  withTimeout(work, loaded.timeoutMs, () => tooSlow(loaded));

/**
 * One invocation. Rejects with what the handler throws, or with `unavailable` once the function's
 * time is over.
 */
export const invoke = (loaded: LoadedFunction, event: unknown, requestId: string): Promise<unknown> =>
  inTime(loaded, loaded.handler(event, lambdaContext(loaded, requestId)));

/**
 * `undefined` when the handler has nothing to say before the body is there. Rejects when its
 * invocation is going to refuse.
 */
export const authenticate = async (
  loaded: LoadedFunction,
  event: unknown,
  requestId: string,
): Promise<Caller | undefined> => {
  const asked = loaded.handler.authenticate?.(event, lambdaContext(loaded, requestId));
  return asked && inTime(loaded, asked);
};
