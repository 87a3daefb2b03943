/**
 * The workers' concurrent executions. Each worker has a maximum, that of its event source. A prod
 * stage reserves as many, if the account's limit is known, so that neither a burst of requests nor
 * another function stops deliveries.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
 */
import { isProd } from '../../lib/platform/stage.ts';

type Environment = Record<string, string | undefined>;
interface Declared {
  reservedConcurrency?: number;
  events: { sqs?: { maximumConcurrency?: number } }[];
}

/** The account limit that the maxima in serverless.yml assume. A new account may have 10. */
const ACCOUNT_DEFAULT = 1_000;
/** Lambda refuses a reservation that leaves fewer to all other functions. */
const UNRESERVED_MIN = 100;
/** Lambda's minimum for an event source. */
const MAXIMUM_MIN = 2;

const accountOf = ({ LAMBDA_CONCURRENCY: text }: Environment): number => (text ? Number(text) : ACCOUNT_DEFAULT);

/**
 * Nothing is reserved in an account whose limit is not known: if it has too few, CloudFormation
 * fails, minutes later.
 */
const isReserved = (stage: string, { LAMBDA_RESERVED: text, LAMBDA_CONCURRENCY: account }: Environment): boolean =>
  text ? text === 'on' : isProd(stage) && Boolean(account);

const workersOf = (functions: Record<string, Declared>): { worker: Declared; sqs: { maximumConcurrency?: number } }[] =>
  Object.values(functions).flatMap((worker) => worker.events.flatMap(({ sqs }) => (sqs ? [{ worker, sqs }] : [])));

/** In an account with fewer than 1,000, each worker's share of them. */
const maximumIn = (account: number, declared: number): number =>
  Math.max(MAXIMUM_MIN, Math.floor(declared * Math.min(1, account / ACCOUNT_DEFAULT)));

const maxima = (functions: Record<string, Declared>, account: number): number[] =>
  workersOf(functions).map(({ sqs }) => maximumIn(account, sqs.maximumConcurrency ?? MAXIMUM_MIN));

const isEnough = (functions: Record<string, Declared>, account: number): boolean =>
  maxima(functions, account).reduce((sum, maximum) => sum + maximum, 0) + UNRESERVED_MIN <= account;

export const concurrencyProblems = (functions: Record<string, Declared>, env: Environment): string[] => {
  const { LAMBDA_CONCURRENCY: account, LAMBDA_RESERVED: reserved } = env;
  if (account && !/^[1-9]\d*$/.test(account))
    return ["LAMBDA_CONCURRENCY must be the account's limit of concurrent executions in the region, like 1000"];
  if (reserved && !['on', 'off'].includes(reserved)) return ['LAMBDA_RESERVED must be on or off'];
  return reserved === 'on' && !isEnough(functions, accountOf(env))
    ? [
        `LAMBDA_RESERVED: of ${accountOf(env)} concurrent executions too few are left; Lambda wants ${UNRESERVED_MIN} unreserved`,
      ]
    : [];
};

/** Changes the functions in place, before they are compiled. */
export const limitConcurrency = (functions: Record<string, Declared>, stage: string, env: Environment): void => {
  const account = accountOf(env);
  const reserves = isReserved(stage, env) && isEnough(functions, account);
  for (const { worker, sqs } of workersOf(functions)) {
    const maximum = maximumIn(account, sqs.maximumConcurrency ?? MAXIMUM_MIN);
    sqs.maximumConcurrency = maximum;
    if (reserves) worker.reservedConcurrency = maximum;
  }
};
