/**
 * How many of the account's concurrent executions the workers get. Each has a ceiling (its event
 * source's maximum concurrency). In a prod stage whose account is known as many are reserved: then
 * no burst of requests, and no other function, keeps deliveries from running.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
 */
import { isProd } from './stage-name.ts';

type Environment = Record<string, string | undefined>;
interface Declared {
  reservedConcurrency?: number;
  events: { sqs?: { maximumConcurrency?: number } }[];
}

/** What serverless.yml's ceilings are made for. A new account may have 10. */
const ACCOUNT_DEFAULT = 1_000;
/** Lambda refuses a reservation that leaves less than this to all other functions. */
const UNRESERVED_MIN = 100;
/** The least that an event source takes. */
const CEILING_MIN = 2;

const accountOf = ({ LAMBDA_CONCURRENCY: text }: Environment): number => (text ? Number(text) : ACCOUNT_DEFAULT);

/**
 * CloudFormation fails, minutes later, where an account has too few: nothing is reserved of what is
 * not known.
 */
const isReserved = (stage: string, { LAMBDA_RESERVED: text, LAMBDA_CONCURRENCY: account }: Environment): boolean =>
  text ? text === 'on' : isProd(stage) && Boolean(account);

const workersOf = (functions: Record<string, Declared>): { worker: Declared; sqs: { maximumConcurrency?: number } }[] =>
  Object.values(functions).flatMap((worker) => worker.events.flatMap(({ sqs }) => (sqs ? [{ worker, sqs }] : [])));

/** In an account with fewer than 1,000, each worker's share of what there is. */
const ceilingIn = (account: number, declared: number): number =>
  Math.max(CEILING_MIN, Math.floor(declared * Math.min(1, account / ACCOUNT_DEFAULT)));

const ceilings = (functions: Record<string, Declared>, account: number): number[] =>
  workersOf(functions).map(({ sqs }) => ceilingIn(account, sqs.maximumConcurrency ?? CEILING_MIN));

const isEnough = (functions: Record<string, Declared>, account: number): boolean =>
  ceilings(functions, account).reduce((sum, ceiling) => sum + ceiling, 0) + UNRESERVED_MIN <= account;

export const concurrencyProblems = (functions: Record<string, Declared>, env: Environment): string[] => {
  const { LAMBDA_CONCURRENCY: account, LAMBDA_RESERVED: reserved } = env;
  if (account && !/^[1-9]\d*$/.test(account))
    return ["LAMBDA_CONCURRENCY must be the account's limit of concurrent executions in the region, as 1000"];
  if (reserved && !['on', 'off'].includes(reserved)) return ['LAMBDA_RESERVED must be on or off'];
  return reserved === 'on' && !isEnough(functions, accountOf(env))
    ? [`LAMBDA_RESERVED: of ${accountOf(env)} concurrent executions too few are left; Lambda wants ${UNRESERVED_MIN}`]
    : [];
};

/** Changes the functions in place, before they are compiled. */
export const limitConcurrency = (functions: Record<string, Declared>, stage: string, env: Environment): void => {
  const account = accountOf(env);
  const reserves = isReserved(stage, env) && isEnough(functions, account);
  for (const { worker, sqs } of workersOf(functions)) {
    const ceiling = ceilingIn(account, sqs.maximumConcurrency ?? CEILING_MIN);
    sqs.maximumConcurrency = ceiling;
    if (reserves) worker.reservedConcurrency = ceiling;
  }
};
