/** Drives one kind of notification through the Lambdas that carry it, and says what each of them used. */
import { loadServerless } from '../../../lib/runtime/serverless/serverless-yaml.ts';
import type { AwsAlone } from './aws-alone.ts';
import { makeEventSource } from './event-source.ts';
import { type Invoked, type LambdaProcess, startLambda } from './lambda.ts';
import { postEvent } from './lambda-events.ts';
import { lambdaSecrets } from './lambda-secrets.ts';
import { waits } from './prices.ts';
import type { Ledger, Usage } from './usage.ts';

export type ChannelName = keyof typeof waits.channelMs;

export interface Component {
  name: string;
  /** Called through the API, by a client. */
  isRoute: boolean;
  memoryMb: number;
  invocations: number;
  /** Measured, all invocations, ms. */
  cpuMs: number;
  /** Assumed round trips of all invocations, one after the other as the code makes them, ms. */
  waitMs: number;
  /** Spent holding messages that came less than a second early, ms. */
  holdMs: number;
  /** Calls by the function and, for queues, by its event source. */
  usage: Usage;
  /** What the function printed, and API Gateway's line for each call through it. */
  log: string;
  answerBytes: number;
}

interface Flow {
  channels: ChannelName[];
  beyond: boolean;
  batchSize: number;
  count: number;
}

const addresses: Record<ChannelName, (receiverUrl: string) => Record<string, string>> = {
  email: () => ({ email: 'user@example.com' }),
  sms: () => ({ phone: '+919999912345' }),
  webhook: (receiverUrl) => ({ webhook_url: receiverUrl }),
};

const { functions, provider } = await loadServerless({ stage: 'bench', functionsOnly: true });

export const memoryOf = (file: string): number => {
  const declared = Object.values(functions).find(({ handler }) => `${handler.replace(/\.\w+$/, '')}.ts` === file);
  return declared?.memorySize ?? Number(provider.memorySize ?? 1_024);
};

/** As long as those of a create. */
const CONTEXT: Record<string, string> = {
  requestId: 'JKJaXmPLvHcESHA=',
  routeKey: 'POST /api/v1/notifications/',
  status: '201',
  responseLatency: '25',
  'error.responseType': '-',
};
const { format } = (provider.logs as { httpApi: { format: string } }).httpApi;
const gatewayLine = `${format.replaceAll(/\$context\.([\w.]+)/g, (_, name: string) => {
  const value = CONTEXT[name];
  if (value === undefined) throw new Error(`The bill knows no length of $context.${name}`);
  return value;
})}\n`;

export const componentOf = (
  name: string,
  lambda: LambdaProcess,
  invoked: Invoked[],
  rest: { waitMsEach: number; holdMsEach?: number; calls?: Record<string, number>; isRoute?: boolean },
): Component => {
  const { usage } = lambda.proxy;
  const calls = { ...usage.calls };
  for (const [operation, count] of Object.entries(rest.calls ?? {})) calls[operation] = (calls[operation] ?? 0) + count;
  lambda.proxy.reset();
  return {
    name,
    isRoute: rest.isRoute ?? false,
    memoryMb: memoryOf(lambda.name),
    invocations: invoked.length,
    cpuMs: invoked.reduce((total, { cpuMs }) => total + cpuMs, 0),
    waitMs: rest.waitMsEach * invoked.length,
    holdMs: (rest.holdMsEach ?? 0) * invoked.length,
    usage: { ...usage, calls },
    log: lambda.takeLog() + (rest.isRoute ? gatewayLine.repeat(invoked.length) : ''),
    answerBytes: invoked.reduce((total, { result }) => total + ((result as { body?: string }).body?.length ?? 0), 0),
  };
};

/** What fires a schedule is charged by the firing, and the message that it sends by the queue. */
const firing = (count: number): Component => ({
  ...{ name: 'EventBridge Scheduler', isRoute: false, memoryMb: 0, invocations: 0, cpuMs: 0, waitMs: 0, holdMs: 0 },
  ...{ log: '', answerBytes: 0 },
  usage: { calls: { ScheduleInvocation: count, SendMessage: count }, writeUnits: 0, indexWriteUnits: 0, readUnits: 0 },
});

export interface Lambdas {
  create: LambdaProcess;
  schedule: LambdaProcess;
  deliver: LambdaProcess;
  close(): Promise<void>;
}

export const startLambdas = async ({ url, dataDir, environment }: AwsAlone, ledger: Ledger): Promise<Lambdas> => {
  const start = (file: string) =>
    startLambda({ file, awsUrl: url, dataDir, environment: { ...environment, ...lambdaSecrets }, ledger });
  const create = await start('functions/notifications/create.ts');
  const schedule = await start('functions/notifications/schedule.ts');
  const deliver = await start('functions/notifications/deliver.ts');
  return {
    create,
    schedule,
    deliver,
    close: async () => {
      await Promise.all([create.close(), schedule.close(), deliver.close()]);
    },
  };
};

/** Moves the clock of the local AWS; all that is due meanwhile becomes visible together. */
export const advanceTo = async (url: string, toMs: number): Promise<void> => {
  const { now } = (await (await fetch(`${url}/_local/clock`)).json()) as { now: string };
  const seconds = Math.ceil((toMs - Date.parse(now)) / 1_000);
  const answer = await fetch(`${url}/_local/clock`, {
    method: 'POST',
    body: JSON.stringify({ advance: `PT${seconds}S`, jump: true }),
  });
  if (!answer.ok) throw new Error(`The clock did not advance: ${await answer.text()}`);
};

export const nowAt = async (url: string): Promise<number> =>
  Date.parse(((await (await fetch(`${url}/_local/clock`)).json()) as { now: string }).now);

/**
 * The clock of the local AWS moves the notifications on, so a day takes no time. Hold: a message is visible
 * up to a second early, evenly spread, so a batch of n waits n / (n + 1) s on average for its last.
 */
export const runFlow = async (
  aws: AwsAlone,
  lambdas: Lambdas,
  receiverUrl: string,
  flow: Flow,
): Promise<Component[]> => {
  const { channels, beyond, batchSize, count } = flow;
  const { DELIVERY_QUEUE_URL = '', SCHEDULE_QUEUE_URL = '' } = aws.environment;
  const { create, schedule, deliver } = lambdas;
  const deliveries = makeEventSource(aws.url, DELIVERY_QUEUE_URL, deliver);
  const schedules = makeEventSource(aws.url, SCHEDULE_QUEUE_URL, schedule);
  const components: Component[] = [];
  const dueAt = (await nowAt(aws.url)) + (beyond ? 86_400_000 : 600_000);
  const body = {
    notification_type: 'user.signup',
    entity_id: 'user-123',
    send_at: new Date(dueAt).toISOString(),
    ...Object.assign({}, ...channels.map((name) => addresses[name](receiverUrl))),
  };
  try {
    const created: Invoked[] = [];
    for (let index = 0; index < count; index += 1)
      created.push(await create.invoke(postEvent('/api/v1/notifications/', { ...body, entity_id: `user-${index}` })));
    components.push(
      componentOf('create', create, created, { waitMsEach: waits.dynamodbMs + waits.sqsMs, isRoute: true }),
    );
    if (beyond) {
      const scheduled = await schedules.drain(count, batchSize);
      const waitMsEach = waits.schedulerMs + waits.dynamodbMs;
      components.push(componentOf('schedule', schedule, scheduled.invoked, { waitMsEach, calls: scheduled.calls }));
      await advanceTo(aws.url, dueAt - 60_000);
      components.push(firing(count));
      const early = await deliveries.drain(count, batchSize);
      components.push(
        componentOf('deliver, early', deliver, early.invoked, { waitMsEach: waits.sqsMs, calls: early.calls }),
      );
    }
    await advanceTo(aws.url, dueAt);
    const sent = await deliveries.drain(count, batchSize);
    const channelMs = Math.max(...channels.map((name) => waits.channelMs[name]));
    components.push(
      componentOf('deliver', deliver, sent.invoked, {
        waitMsEach: 2 * waits.dynamodbMs + channelMs,
        holdMsEach: (1_000 * batchSize) / (batchSize + 1),
        calls: sent.calls,
      }),
    );
    return components;
  } finally {
    deliveries.close();
    schedules.close();
  }
};
