/** What AWS would charge: counted calls and consumed capacity x list price. */
import { type AwsAlone, withAws } from './aws-alone.ts';
import { type ChannelName, type Component, runFlow, startLambdas } from './bill-flow.ts';
import { type IdleLine, idleBill, metricSeries } from './bill-idle.ts';
import { billTable, perMillion } from './bill-table.ts';
import { MB_PER_VCPU, prices, pricesDate, RETENTION_MONTHS, waits } from './prices.ts';
import { startReceiver } from './receiver-process.ts';
import type { Figure, Row } from './row.ts';
import { shown, sum } from './stats.ts';
import { tableIndexes } from './table-indexes.ts';
import { type Ledger, makeLedger } from './usage.ts';

const COUNT = 200;
const BATCH = 10;
const GOALS = { near: 7.5, beyond: 11, idle: 5 };
const ALL: ChannelName[] = ['email', 'sms', 'webhook'];

interface Flows {
  near: Component[];
  beyond: Component[];
  nearAlone: Component[];
  nearAll: Component[];
}

interface Measured {
  flows: Flows;
  idle: IdleLine[];
  /** A row of the table with its index rows. */
  bytesPerItem: number;
}

const ALONE_COUNT = 40;
/** A function at volume has served thousands: until some hundred it still compiles. */
const WARM_UP_COUNT = 400;
/** Loads each channel. */
const LOADING_COUNT = 40;

const dollars = (value: number): string => `$${value.toFixed(2)}`;

/** A month of what is kept, and its backup. */
const storagePerMillion = (bytes: number): number =>
  ((bytes * 1e6) / 1e9) * (prices.storagePerGbMonth + prices.backupPerGbMonth) * RETENTION_MONTHS;

const measureFlows = async (
  aws: AwsAlone,
  ledger: Ledger,
  receiverUrl: string,
  say: (line: string) => void,
): Promise<Flows> => {
  const lambdas = await startLambdas(aws, ledger);
  const flow = (channels: ChannelName[], beyond: boolean, batchSize = BATCH, count = COUNT) => {
    say(`${channels.join(' + ')}, ${beyond ? 'beyond' : 'within'} 15 min, batches of ${batchSize}`);
    return runFlow(aws, lambdas, receiverUrl, { channels, beyond, batchSize, count });
  };
  try {
    await flow(ALL, true, BATCH, LOADING_COUNT);
    await flow(['email'], true, BATCH, WARM_UP_COUNT);
    return {
      near: await flow(['email'], false),
      beyond: await flow(['email'], true),
      nearAlone: await flow(['email'], false, 1, ALONE_COUNT),
      nearAll: await flow(ALL, false),
    };
  } finally {
    await lambdas.close();
  }
};

const figuresOf = ({ flows, idle, bytesPerItem }: Measured): Figure[] => {
  const storage = storagePerMillion(bytesPerItem);
  const near = perMillion(flows.near, COUNT);
  const beyond = perMillion(flows.beyond, COUNT);
  const kept = `(+ ${dollars(storage)} for a month in the table)`;
  const idleTotal = sum(idle.map(({ perMonth }) => perMonth));
  const mix = `one e-mail each, batches of ${BATCH}`;
  return [
    {
      what: `AWS bill per million due within 15 min (${mix})`,
      goal: `<= $${GOALS.near}`,
      measured: `${dollars(near)} ${kept}`,
      met: near <= GOALS.near,
    },
    {
      what: `AWS bill per million due beyond 15 min (${mix})`,
      goal: `<= $${GOALS.beyond}`,
      measured: `${dollars(beyond)} ${kept}`,
      met: beyond <= GOALS.beyond,
    },
    {
      what: 'AWS bill per million due within 15 min, all three channels',
      goal: 'stated',
      measured: `${dollars(perMillion(flows.nearAll, COUNT))} ${kept}`,
    },
    {
      what: 'AWS bill per million due within 15 min, batches of 1 (a few a minute)',
      goal: 'stated',
      measured: `${dollars(perMillion(flows.nearAlone, ALONE_COUNT))} ${kept}`,
    },
    {
      what: 'AWS bill of an idle month',
      goal: `itemised, <= $${GOALS.idle}`,
      measured: dollars(idleTotal),
      met: idleTotal <= GOALS.idle,
    },
  ];
};

const notesOf = ({ flows, idle, bytesPerItem }: Measured): string[] => {
  const series = metricSeries([...flows.beyond, ...flows.nearAll].map(({ log }) => log).join('\n')).size;
  return [
    `List prices of us-east-1 (\`prices.ts\`, ${pricesDate}), free tiers left out, the carriers' own price (SES, SMS) too. Each function ran as on AWS, a process of its own and one invocation at a time, behind a proxy that counted its calls; ${COUNT} notifications each, after ${WARM_UP_COUNT} to warm up. Item and read units are the store's \`ConsumedCapacity\`; what the KEYS_ONLY indexes add to a write is worked out from the items before and after. Log bytes are what the functions printed, and API Gateway's line for each call; Lambda's own lines are left out by serverless.yml; what Lambda may add to a line that has no timestamp, such as those of metrics, is not counted.`,
    `Lambda time cannot be measured here: billed ms = measured processor ms x ${MB_PER_VCPU}/memory + round trips (DynamoDB ${waits.dynamodbMs}, SQS ${waits.sqsMs}, Scheduler ${waits.schedulerMs}, e-mail ${waits.channelMs.email}, SMS ${waits.channelMs.sms}, webhook ${waits.channelMs.webhook} ms) + hold (a message comes up to a second early; a batch of n waits n/(n+1) s). Cold starts and retries are left out. Batches of ${BATCH} form at volume only; at a few a minute they are of 1.`,
    `Within 15 minutes, one e-mail:\n\n${billTable(flows.near, COUNT)}`,
    `Beyond 15 minutes, one e-mail:\n\n${billTable(flows.beyond, COUNT)}`,
    `Within 15 minutes, three channels:\n\n${billTable(flows.nearAll, COUNT)}`,
    `To each comes what is kept and not called for: ${dollars(storagePerMillion(bytesPerItem))} for a month in the table and its backup (${shown(bytesPerItem)} bytes with index rows).`,
    `An idle month:\n\n${idle.map(({ what, perMonth }) => `- ${dollars(perMonth)} ${what}`).join('\n')}`,
    `Beside it, while these two mixes run: ${series} CloudWatch metrics at $${prices.metricPerMonth} a month each, in proportion to the hours in which they are emitted (${dollars(series * prices.metricPerMonth)} for a whole month).`,
  ];
};

export const bill: Row = async ({ say }) => {
  const receiver = await startReceiver();
  try {
    return await withAws(async (aws) => {
      const ledger = makeLedger(tableIndexes());
      const idle = await idleBill(aws, ledger);
      const flows = await measureFlows(aws, ledger, receiver.url, say);
      const measured = { flows, idle, bytesPerItem: ledger.bytesPerItem() };
      return { figures: figuresOf(measured), notes: notesOf(measured) };
    });
  } finally {
    await receiver.close();
  }
};
