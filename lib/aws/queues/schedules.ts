import {
  ConflictException,
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  GetScheduleCommand,
  ResourceNotFoundException,
  type SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import type { SchedulePort, Timer } from '../../notifications/timer.ts';
import { type DeliverMessage, deliverMessage } from '../../schema/messages.ts';
import { inSpan, SpanKind, traceLink } from '../../telemetry/tracing.ts';
import { unavailable } from '../unavailable.ts';

/**
 * EventBridge retries a target for at most this long: what is later than that, the reconciler has
 * sent already.
 */
const EVENT_AGE_SECONDS_MAX = 900;

const nameOf = (timer: { id: string; seq: number }): string => `${timer.id}-${timer.seq}`;

/** `at(...)` takes local time without `Z`; without a time zone given it is UTC. */
const atExpression = (at: number): string => `at(${new Date(at).toISOString().slice(0, 19)})`;

/** Whether an entry's input is this timer's message, whichever trace made it. */
const isInputOf = (input: string | undefined, { id, seq, due }: Timer): boolean => {
  const { data } = deliverMessage.safeParse(JSON.parse(input ?? 'null'));
  return data?.id === id && data.seq === seq && data.due === due;
};

/** By the semantic conventions for the AWS SDK. */
const spanOf = (method: string) => ({
  kind: SpanKind.CLIENT,
  attributes: { 'rpc.system': 'aws-api', 'rpc.service': 'Scheduler', 'rpc.method': method },
});

export const makeSchedules = (options: {
  client: SchedulerClient;
  group: string;
  targetArn: string;
  roleArn: string;
}): SchedulePort => {
  const { client, group: GroupName } = options;

  /**
   * Without a message group, whosever it is: what fires is minutes early and is sent again by the
   * worker, with its group. For a standard queue the Scheduler's API promises none.
   */
  const definition = (timer: Timer, fireAt: number): CreateScheduleCommandInput => ({
    Name: nameOf(timer),
    GroupName,
    ClientToken: nameOf(timer),
    ScheduleExpression: atExpression(fireAt),
    FlexibleTimeWindow: { Mode: 'OFF' },
    ActionAfterCompletion: 'DELETE',
    Target: {
      Arn: options.targetArn,
      RoleArn: options.roleArn,
      Input: JSON.stringify({
        kind: 'deliver',
        id: timer.id,
        tenant: timer.tenant,
        seq: timer.seq,
        due: timer.due,
        ...(timer.priority && { priority: timer.priority }),
        ...traceLink(),
      } satisfies DeliverMessage & ReturnType<typeof traceLink>),
      RetryPolicy: { MaximumEventAgeInSeconds: EVENT_AGE_SECONDS_MAX, MaximumRetryAttempts: 185 },
    },
  });

  /**
   * The name says what it is for, so an existing entry is ours; it is only set right when its
   * content differs.
   */
  const align = async (timer: Timer, wanted: CreateScheduleCommandInput): Promise<void> => {
    const { Name } = wanted;
    const present = await client.send(new GetScheduleCommand({ Name, GroupName }));
    const equal = present.ScheduleExpression === wanted.ScheduleExpression && isInputOf(present.Target?.Input, timer);
    if (!equal) await client.send(new UpdateScheduleCommand(wanted));
  };

  const create: SchedulePort['create'] = async (timer, fireAt) => {
    const wanted = definition(timer, fireAt);
    try {
      await client.send(new CreateScheduleCommand(wanted));
    } catch (error) {
      if (!(error instanceof ConflictException)) throw unavailable(error);
      await align(timer, wanted).catch((cause) => {
        throw unavailable(cause);
      });
    }
  };

  const remove: SchedulePort['remove'] = async (timer) => {
    try {
      await client.send(new DeleteScheduleCommand({ Name: nameOf(timer), GroupName }));
    } catch (error) {
      if (!(error instanceof ResourceNotFoundException)) throw unavailable(error);
    }
  };

  return {
    create: (timer, fireAt) => inSpan('CreateSchedule', spanOf('CreateSchedule'), () => create(timer, fireAt)),
    remove: (timer) => inSpan('DeleteSchedule', spanOf('DeleteSchedule'), () => remove(timer)),
  };
};
